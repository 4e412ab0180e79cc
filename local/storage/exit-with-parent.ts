// Loaded into Azurite's process before Azurite: when the program that started it is gone, however it ended, the other
// end of standard input closes, and Azurite is told to save its state and stop. Otherwise it would keep its port.
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
