const { join } = require('node:path');

/** Processes that tests start keep their compiled code: most of the time of starting one is compiling the same files. */
module.exports = () => {
  process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../node_modules/.cache/compile');
};
