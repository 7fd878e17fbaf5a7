// What a stranger does with the official JavaScript SDK, done to the simulator. `cargo xtask sdk` runs it; by hand:
//
//   cd target/sdk/javascript && HOME=$PWD/home INNKEEPER=../../debug/innkeeper node ../../../tests/sdk/javascript/story.mjs
//
// HOME matters: the SDK obeys ~/.genesyscloudjavascript/config.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { startOrg } from "./org.mjs";
import { vendorApi } from "./vendor_api.mjs";
import { VendorTypes } from "./vendor_types.mjs";

const platform = createRequire(`${process.cwd()}/`)("purecloud-platform-client-v2");

/** Longer than all of it takes by far; whatever hangs is a failure. */
const PATIENCE_MS = 120_000;

const sdk = platform.ApiClient.instance;
const tokens = new platform.TokensApi();
const counts = { passed: 0, failed: 0 };

setTimeout(() => {
  console.log(`FAILED  not at the end after ${PATIENCE_MS / 1000} s`);
  process.exit(1);
}, PATIENCE_MS).unref();

await atHome();
await byTheVendorsApi();
await atTheWrongDoor();
await atTheLimit();
console.log(`\ntest result: ${counts.failed ? "FAILED" : "ok"}. ${counts.passed} passed; ${counts.failed} failed`);
process.exit(counts.failed ? 1 : 0);

/** The whole of the Guest API, by one client that may do everything. */
async function atHome() {
  const org = await startOrg();
  turnTo(org);
  const guest = { id: randomUUID(), name: 'Ada "the first" + 100 % & Söhne', email: "ada@example.org" };

  await check("wrong credentials are refused in the form that OAuth has for it", async () => {
    for (const [id, secret, says] of [
      ["demo", "wrong", "authentication failed"],
      ["nobody", "demo", "client not found"],
    ]) {
      const { response } = await rejected(sdk.loginClientCredentialsGrant(id, secret));
      assert.equal(response.status, 400);
      assert.deepEqual(response.data, { error: "invalid_client", description: says, error_description: says });
    }
  });

  await check("a call without a session is a 401 that asks for one", async () => {
    const error = await rejected(tokens.getTokensMe());
    assert.deepEqual([error.status, error.body.code], [401, "authentication.required"]);
  });

  await check("it signs in with good credentials, for a day", async () => {
    const requests = await org.requestsOf(async () => {
      const session = await sdk.loginClientCredentialsGrant("demo", "demo");
      assert.ok(session.accessToken.length >= 32);
      const hours = (session.tokenExpiryTime - Date.now()) / 3_600_000;
      assert.ok(hours > 23.9 && hours <= 24, `${hours} hours`);
    });
    assert.deepEqual(inShort(requests), ["POST /login/oauth/token 200"]);
  });

  await check("its session tells organisation, client and scopes", async () => {
    const { body, headers } = await tokens.getTokensMe();
    assert.equal(body.OAuthClient.id, "demo");
    assert.ok(body.organization.id && body.organization.name);
    assert.deepEqual(body.authorizedScope, ["guest:read", "guest:write", "conversation:read", "webchat:write"]);
    assert.equal(headers["inin-ratelimit-allowed"], "300");
  });

  await check("HEAD says that the session is good, without a body", async () => {
    const requests = await org.requestsOf(async () => {
      const { status, body } = await tokens.headTokensMe();
      assert.deepEqual([status, body], [200, ""]);
    });
    assert.deepEqual(inShort(requests), ["HEAD /api/v2/tokens/me 200"]);
  });

  await check("a guest is created, read, found by its name, replaced and deleted", async () => {
    const from = (await org.ledger()).length;
    const created = await call("POST", "/api/v2/guests", { body: { ...guest, attributes: { tier: "gold" } } });
    assert.equal(created.status, 201);
    assert.ok(created.body.sessionToken);
    const read = await call("GET", "/api/v2/guests/{id}", { path: { id: guest.id } });
    assert.deepEqual(read.body, created.body);

    const name = guest.name.replaceAll('"', '\\"');
    const query = { filter: `name = "${name}"`, expand: ["attributes"], pageSize: 10, sortBy: "createdTime:desc" };
    const { body: page } = await call("GET", "/api/v2/guests", { query });
    assert.deepEqual([page.total, page.entities[0].id, page.entities[0].attributes.tier], [1, guest.id, "gold"]);

    const wanted = { id: guest.id, name: "Ada", version: read.body.version, attributes: { tier: "silver" } };
    const replaced = await call("PUT", "/api/v2/guests/{id}", { path: { id: guest.id }, body: wanted });
    assert.deepEqual([replaced.body.name, replaced.body.email], ["Ada", undefined]);
    assert.ok(replaced.body.version > read.body.version);

    const path = { id: guest.id };
    const deleted = await call("DELETE", "/api/v2/guests/{id}", { path, query: { version: replaced.body.version } });
    assert.equal(deleted.status, 204);
    const events = (await org.ledger(from)).filter((entry) => entry.kind !== "request");
    assert.deepEqual(
      events.map(({ kind, guestId }) => [kind, guestId]),
      [
        ["created", guest.id],
        ["changed", guest.id],
        ["deleted", guest.id],
      ],
    );
    assert.equal((await org.stats()).guests, 100);
  });

  await check("every page of a list together has every guest once", async () => {
    const seen = new Set();
    let page = { pageCount: 1 };
    for (let pageNumber = 1; pageNumber <= page.pageCount; pageNumber++) {
      ({ body: page } = await call("GET", "/api/v2/guests", { query: { pageNumber, pageSize: 30 } }));
      for (const { id } of page.entities) seen.add(id);
    }
    assert.deepEqual([seen.size, page.pageCount, page.entities.length], [100, 4, 10]);
  });

  await check("a message whose answer is lost is one message when it is sent again under its id", async () => {
    const { body: author } = await call("POST", "/api/v2/guests", { body: { id: randomUUID() } });
    const query = { filter: `guest.id="${author.id}" AND type="webchat"`, pageSize: 1, pageNumber: 1 };
    const found = await call("POST", "/api/v2/conversations/details/query", { body: { query } });
    const [conversation] = found.body.conversations;
    assert.deepEqual([conversation.guestId, conversation.state], [author.id, "active"]);
    const message = {
      id: randomUUID(),
      conversationId: conversation.id,
      from: { id: author.id, type: "user" },
      text: "Grüße aus Zimmer 7 🛎",
      timestamp: new Date().toISOString(),
    };
    const before = (await org.stats()).messages;
    await org.trouble("reset-after");
    const lost = await rejected(call("POST", "/api/v2/conversations/webchat/messages", { body: message }));
    assert.ok(lost.error === undefined && lost.status === undefined, "a cut connection is no answer");
    const again = await call("POST", "/api/v2/conversations/webchat/messages", { body: message });
    assert.equal(again.status, 201);
    const lines = (await org.ledger()).filter((entry) => entry.kind === "message");
    assert.deepEqual(
      lines.map(({ messageId, text, repeat }) => [messageId, text, repeat]),
      [
        [message.id, message.text, false],
        [message.id, message.text, true],
      ],
    );
    assert.equal((await org.stats()).messages, before + 1);
  });

  await check("404: an unknown guest", () =>
    refused(org, call("GET", "/api/v2/guests/{id}", { path: { id: guest.id } }), 404, "not.found"),
  );

  await check("409: an id that is taken, and a version that is old", async () => {
    const { body } = await call("POST", "/api/v2/guests", { body: guest });
    await refused(org, call("POST", "/api/v2/guests", { body: guest }), 409, "conflict");
    const put = (version) =>
      call("PUT", "/api/v2/guests/{id}", { path: { id: guest.id }, body: { ...guest, version } });
    await put(body.version);
    await refused(org, put(body.version), 409, "conflict");
  });

  await check("400: every field that is wrong is named", async () => {
    const wrong = { id: "seven", email: 7, attributes: { list: [1] } };
    const { body } = await refused(org, call("POST", "/api/v2/guests", { body: wrong }), 400, "invalid.value");
    const fields = body.details.map((detail) => detail.fieldName);
    assert.deepEqual(fields, ["id", "email", "attributes.list"]);
    const query = { filter: 'name = "Ada' };
    const unread = await refused(org, call("GET", "/api/v2/guests", { query }), 400, "invalid.value");
    assert.deepEqual(
      unread.body.details.map((detail) => detail.fieldName),
      ["filter"],
    );
  });

  await check("without extended responses an error is the error body itself", async () => {
    sdk.setReturnExtendedResponses(false);
    const error = await rejected(call("GET", "/api/v2/guests/{id}", { path: { id: randomUUID() } }));
    sdk.setReturnExtendedResponses(true);
    assert.deepEqual([error.status, error.code], [404, "not.found"]);
    assert.ok(error.message && error.contextId);
  });

  await check("503 and a page of a proxy are errors with their status", async () => {
    await org.trouble("503");
    await refused(org, tokens.getTokensMe(), 503, "service.unavailable");
    await org.trouble("html");
    const { status, body } = await rejected(tokens.getTokensMe());
    assert.equal(status, 502);
    assert.match(body, /^<html>/);
  });

  await check("401: a session that is a day old, and the next one is good", async () => {
    await org.advance(86_400);
    await refused(org, tokens.getTokensMe(), 401, "bad.credentials");
    await sdk.loginClientCredentialsGrant("demo", "demo");
    assert.equal((await tokens.getTokensMe()).status, 200);
  });

  await check("after signing out the session is worth nothing", async () => {
    assert.equal((await tokens.deleteTokensMe()).status, 204);
    await refused(org, tokens.getTokensMe(), 401, "bad.credentials");
  });

  await check("it met no route that is missing and no method that is refused", () => noStrayRequest(org, 2));
  org.stop();
}

/** The vendor's own API over the same world. */
async function byTheVendorsApi() {
  const org = await startOrg();
  turnTo(org);
  await sdk.loginClientCredentialsGrant("demo", "demo");
  const types = new VendorTypes(`${process.cwd()}/node_modules/purecloud-platform-client-v2/index.d.ts`);
  await vendorApi(platform, types, check, async () => {
    const { body: guest } = await call("POST", "/api/v2/guests", { body: { id: randomUUID(), name: "Grace" } });
    const query = { filter: `guest.id="${guest.id}"` };
    const found = await call("POST", "/api/v2/conversations/details/query", { body: { query } });
    const message = {
      id: randomUUID(),
      conversationId: found.body.conversations[0].id,
      from: { id: guest.id, type: "user" },
      text: "Is my room ready?",
      timestamp: new Date().toISOString(),
    };
    await call("POST", "/api/v2/conversations/webchat/messages", { body: message });
  });
  org.stop();
}

/** A client that may read guests and nothing else. */
async function atTheWrongDoor() {
  const org = await startOrg("--scopes", "guest:read");
  turnTo(org);
  await check("403: the scope that is missing is named", async () => {
    await sdk.loginClientCredentialsGrant("demo", "demo");
    assert.equal((await call("GET", "/api/v2/guests")).status, 200);
    const { body } = await refused(
      org,
      call("POST", "/api/v2/guests", { body: { id: randomUUID() } }),
      403,
      "missing.permissions",
    );
    assert.deepEqual(body.messageParams, { permissions: "guest:write" });
    assert.match(body.message, /guest:write/);
    assert.equal((await org.stats()).guests, 100);
  });
  await check("there, too, no request went astray", () => noStrayRequest(org, 0));
  org.stop();
}

/** Five requests a minute. This SDK never waits by itself: it hands the 429 over, and its user waits. */
async function atTheLimit() {
  const org = await startOrg("--rate", "5");
  turnTo(org);
  await check("429: handed over at once with the pause to make, and good after it", async () => {
    await sdk.loginClientCredentialsGrant("demo", "demo");
    const requests = await org.requestsOf(async () => {
      for (let n = 1; n <= 5; n++) {
        assert.equal((await tokens.getTokensMe()).headers["inin-ratelimit-count"], String(n));
      }
      const error = await refused(org, tokens.getTokensMe(), 429, "too.many.requests.retry.after");
      const pause = Number(error.headers["retry-after"]);
      assert.ok(pause >= 1 && pause <= 60, `Retry-After: ${error.headers["retry-after"]}`);
      assert.match(error.body.message, new RegExp(`\\[${pause}\\] seconds`));
      assert.equal(error.headers["inin-ratelimit-reset"], String(pause));
      await org.advance(pause);
      assert.equal((await tokens.getTokensMe()).status, 200);
    });
    assert.deepEqual(
      requests.map((entry) => entry.status),
      [200, 200, 200, 200, 200, 429, 200],
    );
  });
  org.stop();
}

/** Points the one client that the SDK has at an org, as nobody. */
function turnTo(org) {
  sdk.setGateway({
    host: "127.0.0.1",
    protocol: "http",
    port: org.port,
    path_params_login: "login",
    path_params_api: "",
  });
  sdk.setAccessToken("");
  sdk.setReturnExtendedResponses(true);
}

/** What the SDK's generated classes do, for the Guest API, for which there is none. */
function call(method, path, { path: inPath = {}, query = {}, body = null } = {}) {
  const json = ["application/json"];
  return sdk.callApi(path, method, inPath, query, {}, {}, body, ["PureCloud OAuth"], json, json);
}

/** The error of a call that has to fail. */
async function rejected(promise) {
  return promise.then(
    (answer) => assert.fail(`it was answered ${answer?.status}`),
    (error) => error,
  );
}

/** A refusal with everything that the SDK's error carries, and the org's ledger knows it by the same id. */
async function refused(org, promise, status, code) {
  const error = await rejected(promise);
  assert.equal(error.status, status);
  assert.deepEqual([error.body.status, error.body.code], [status, code]);
  assert.ok(error.body.message.length > 0);
  const last = (await org.ledger()).findLast((entry) => entry.kind === "request");
  assert.equal(last.status, status);
  assert.deepEqual(
    [error.headers["inin-correlation-id"], error.body.contextId],
    [last.correlationId, last.correlationId],
  );
  return error;
}

/** No 405 and no 404 but those that were asked for: `intended` guests who are not there. */
async function noStrayRequest(org, intended) {
  const requests = (await org.ledger()).filter((entry) => entry.kind === "request");
  assert.ok(requests.length > 0);
  const astray = requests.filter((entry) => entry.status === 405 || (entry.status === 404 && !entry.guestId));
  assert.deepEqual(inShort(astray), []);
  assert.equal(requests.filter((entry) => entry.status === 404).length, intended);
}

function inShort(requests) {
  return requests.map((entry) => `${entry.method} ${entry.path} ${entry.status}`);
}

async function check(name, step) {
  try {
    await step();
    counts.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED  ${name}\n${String(error?.stack ?? JSON.stringify(error)).replace(/^/gm, "        ")}`);
  }
}
