// The vendor's own API, by the classes that the vendor generated for it. Each answer is held against their declarations.

import assert from "node:assert/strict";

const NOBODY = "00000000-0000-4000-8000-00000000dead";

/**
 * All of it, by a client that is signed in and may do everything. `say` opens a guest's conversation in the Guest API; `types`
 * judges what is answered.
 */
export async function vendorApi(platform, types, check, say) {
  const contacts = types.watch(platform, "ExternalContactsApi");
  const chats = types.watch(platform, "ConversationsApi");
  const analytics = types.watch(platform, "AnalyticsApi");
  const body = async (call) => (await call).body;
  const refused = async (call, status) => {
    const error = await call.then(
      () => assert.fail("it was answered"),
      (error) => error,
    );
    assert.equal(error.status, status);
  };

  await check("a contact is made, read, replaced, patched and removed", async () => {
    const made = await body(contacts.postExternalcontactsContacts({ firstName: "Ada", workEmail: "ada@example.org" }));
    const read = await body(contacts.getExternalcontactsContact(made.id));
    assert.deepEqual(read, made);
    const replaced = await body(contacts.putExternalcontactsContact(made.id, { ...read, title: "Countess" }));
    assert.equal(replaced.title, "Countess");
    const changes = [{ field: "$.lastName", value: "King", action: "Update" }];
    const patched = await body(contacts.patchExternalcontactsContact(made.id, { changes }));
    assert.deepEqual([patched.firstName, patched.lastName, patched.title], ["Ada", "King", "Countess"]);
    await contacts.postExternalcontactsContactNotes(made.id, { noteText: "prefers the window" });
    assert.equal((await body(contacts.getExternalcontactsContactNotes(made.id))).total, 1);
    await contacts.deleteExternalcontactsContact(made.id);
    await refused(contacts.getExternalcontactsContact(made.id), 404);
  });

  const scanned = [];
  await check("a scan has every curated contact once", async () => {
    let cursor;
    do {
      const page = await body(contacts.getExternalcontactsScanContacts({ limit: 20, ...(cursor && { cursor }) }));
      scanned.push(...page.entities);
      cursor = page.cursors?.after;
    } while (cursor);
    assert.equal(new Set(scanned.map((contact) => contact.id)).size, scanned.length);
    assert.ok(scanned.length > 40 && scanned.every((contact) => contact.type === "Curated"));
  });

  await check("lists and searches find them, up to a thousand", async () => {
    const page = await body(contacts.getExternalcontactsContacts({ pageSize: 10, sortOrder: "firstName:desc" }));
    assert.deepEqual([page.total, page.entities.length], [scanned.length, 10]);
    const operation = { simpleSearch: { query: scanned[0].workEmail } };
    const found = await body(contacts.postExternalcontactsContactsSearch({ operation }));
    assert.deepEqual(
      found.entities.map((contact) => contact.id),
      [scanned[0].id],
    );
    await refused(contacts.getExternalcontactsContacts({ pageSize: 100, pageNumber: 11 }), 400);
  });

  await check("in bulk each contact has a result of its own", async () => {
    const some = scanned.slice(0, 5).map((contact) => contact.id);
    const entities = [...some, NOBODY].map((id) => ({ id }));
    const fetched = await body(contacts.postExternalcontactsBulkContacts({ entities }));
    assert.deepEqual([fetched.results.length, fetched.errorCount], [6, 1]);
    const removed = await body(contacts.postExternalcontactsBulkContactsRemove({ entities }));
    assert.deepEqual(
      removed.results.filter((result) => !result.success).map((result) => [result.id, result.status]),
      [[NOBODY, 404]],
    );
    await refused(contacts.getExternalcontactsContact(some[0]), 404);
  });

  await check("merged contacts lead to one, and enriching dry changes nothing", async () => {
    const [one, other] = scanned.slice(5, 7).map((contact) => contact.id);
    const made = await body(contacts.postExternalcontactsContactsMerge({ contactIds: [one, other] }));
    assert.equal((await body(contacts.getExternalcontactsContact(one))).id, made.id);
    const given = { id: made.id, action: "Update", contact: { title: "Countess" } };
    const dry = await body(contacts.postExternalcontactsContactsEnrich(given, { dryRun: "true" }));
    assert.deepEqual([dry.id, dry.title], [made.id, "Countess"]);
    assert.equal((await body(contacts.getExternalcontactsContact(made.id))).title, undefined);
  });

  await check("the schema tells the fields", async () => {
    const [schema] = (await body(contacts.getExternalcontactsContactsSchemas())).entities;
    const same = await body(contacts.getExternalcontactsContactsSchema(schema.id));
    assert.deepEqual(same.jsonSchema.properties.tier.enum, ["bronze", "silver", "gold", "vip"]);
    assert.ok((await body(contacts.getExternalcontactsContactsSchemasLimits())).maxNumberOfFieldsPerSchema > 10);
  });

  const day = 86_400_000;
  const interval = [Date.now() - 6 * day, Date.now() + day].map((at) => new Date(at).toISOString()).join("/");
  await check("a conversation is found, read, given attributes and ended", async () => {
    await say();
    const question = { interval, order: "desc", paging: { pageSize: 100, pageNumber: 1 } };
    const rows = (await body(analytics.postAnalyticsConversationsDetailsQuery(question))).conversations;
    const running = rows.find((row) => row.conversationEnd === undefined).conversationId;
    const ended = rows.find((row) => row.conversationEnd !== undefined).conversationId;
    const whole = await body(chats.getConversation(running));
    const told = await body(chats.getConversationsMessage(running));
    assert.equal(told.participants[0].externalContact.id, whole.participants[0].externalContactId);
    const ids = told.participants.flatMap((one) => one.messages.map((message) => message.messageId));
    const messages = await body(chats.postConversationsMessageMessagesBulk(running, { body: ids }));
    assert.deepEqual(
      messages.entities.map((message) => message.id),
      ids,
    );
    assert.equal((await body(chats.getConversationsMessageDetails(ids[0]))).conversationId, running);
    const attributes = { attributes: { orderId: "A-17" } };
    await chats.patchConversationParticipantAttributes(running, told.participants[0].id, attributes);
    assert.equal((await body(chats.getConversation(running))).participants[0].attributes.orderId, "A-17");
    await chats.postConversationDisconnect(running);
    assert.ok((await body(chats.getConversation(running))).endTime);
    const recordings = types.watch(platform, "RecordingApi");
    assert.deepEqual(await body(recordings.getConversationRecordings(ended)), []);
    const [recording] = await body(recordings.getConversationRecordings(ended));
    assert.ok(recording.messagingTranscript[0].messageText);
  });

  await check("a job of analytics is waited for and has the attributes", async () => {
    const { jobId } = await body(analytics.postAnalyticsConversationsDetailsJobs({ interval }));
    const states = [];
    for (let n = 0; n < 2; n++) states.push((await body(analytics.getAnalyticsConversationsDetailsJob(jobId))).state);
    assert.deepEqual(states, ["QUEUED", "FULFILLED"]);
    const results = await body(analytics.getAnalyticsConversationsDetailsJobResults(jobId));
    assert.ok(results.conversations[0].participants[0].attributes);
  });

  await check("organization and deployments tell who and where", async () => {
    assert.ok((await body(types.watch(platform, "TokensApi").getTokensMe())).organization.name);
    assert.ok((await body(types.watch(platform, "OrganizationApi").getOrganizationsMe())).name);
    const deployments = await body(types.watch(platform, "WebDeploymentsApi").getWebdeploymentsDeployments());
    assert.deepEqual(
      deployments.entities.map((one) => one.status),
      ["Active"],
    );
  });

  await check(
    "so the vendor's declarations have every member of every answer, and every answer has what they require",
    () => {
      assert.ok(types.judged >= 25, `${types.judged} answers`);
    },
  );
}
