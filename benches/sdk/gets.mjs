// The official JavaScript SDK: signs in, checks the token, and asks for the guests whose ids stand on stdin, one by
// one. The figures of `cargo xtask bench client` are taken outside, over the whole process.
// Usage: node gets.mjs NODE_MODULES PORT < ids
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [modules, port] = process.argv.slice(2);
const { ApiClient } = createRequire(`${modules}/`)('purecloud-platform-client-v2');
const client = ApiClient.instance;
client.config.live_reload_config = false;
client.setGateway({
  host: '127.0.0.1', protocol: 'http', port: Number(port), path_params_login: 'login', path_params_api: '',
});
await client.loginClientCredentialsGrant('demo', 'demo');
const auth = ['PureCloud OAuth'];
const json = ['application/json'];
const get = (path, params) => client.callApi(path, 'GET', params, {}, {}, {}, null, auth, json, json);
await get('/api/v2/tokens/me', {});
const ids = readFileSync(0, 'utf8').split('\n').filter(Boolean);
for (const guestId of ids) {
  const guest = await get('/api/v2/guests/{guestId}', { guestId });
  if (guest.id !== guestId) throw new Error(`asked for ${guestId}, got ${guest.id}`);
}
console.log(ids.length);
process.exit(0);
