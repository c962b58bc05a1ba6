// Compiles to dist/main.js, beside dist/src and dist/config: the path that `node` users know.
import './src/main.js';
