// Loaded into Azurite's process before Azurite: when the program that started it is gone, however it ended, the other
// end of standard input closes, and Azurite ends at once: its state is in its journal (azurite-durable.ts), and whoever
// comes next finds its port free as soon as it no longer touches its files.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
