import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('neither a controller nor an agent loads undici, HTTP/2 or the cryptography of the Web', () => {
  const program = `
    await import('./src/bin/start-controller.ts');
    await import('./src/bin/start-agent.ts');
    console.log(process.moduleLoadList.join('\\n'));
  `;
  const words = ['--input-type=module', '--eval', program];
  const loaded = execFileSync(process.execPath, words, { encoding: 'utf8' });
  assert.match(loaded, /^NativeModule https$/m);
  assert.doesNotMatch(loaded, /undici|http2|webcrypto|readablestream/);
});
