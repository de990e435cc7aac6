// A client of HTTP/2 that sends one request with a body: URL METHOD BODY announced|silent|late.
// `silent` does not say how long the body is; `late` neither, and sends it after the answer.
// It prints the status answered, also when the server then stops the rest of the body: curl, which
// may read both at once, tells only the latter.
import { connect } from 'node:http2';

const [url = '', method = '', body = '', kind = ''] = process.argv.slice(2);
const session = connect(url);
const length = kind === 'announced' ? { 'content-length': body.length } : {};
const request = session.request({ ':method': method, ...length }, { endStream: false });
if (kind !== 'late') request.end(body);
request.on('response', ({ ':status': status }) => {
  process.stdout.write(String(status));
  if (kind === 'late') request.end(body);
});
request.on('error', () => undefined);
request.on('close', () => session.destroy());
request.resume();
setTimeout(() => session.destroy(), 5_000).unref();
