// Compiles to dist/main.js, beside dist/src and dist/config: the path that users of `node` expect.
import './src/main.js';
