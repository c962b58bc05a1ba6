import './style.css';
import { signIn } from '../shared/sign-in.js';
import { Console } from './console.js';

const PROBE = 'contexts';

await signIn(PROBE);
const page = new Console(() => signIn(PROBE));
document.body.append(page.element);
page.start();
