// Uses the types that openapi-typescript generates from the served documents, with openapi-fetch.
//
// SERVER is the base URL, CLIENT and SECRET those of an OC named SFRA whose OI is FTEL.

import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { paths as Oauth } from "./oauth.js";
import type { paths as Party } from "./party.js";
import type { components, paths as Tickets } from "./tickets.js";

const { SERVER: baseUrl = "", CLIENT = "", SECRET = "" } = process.env;
const scope =
  "interop:anomalie-adresse:readonly interop:anomalie-adresse:write " +
  "owf:united-way:party:v1:readonly owf:united-way:party:v1:write";

/** Returns the data of an answer that has this status. */
function ok<Data>(answer: { data?: Data; error?: unknown; response: Response }, status = 200): Data {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  return answer.data as Data;
}

/** Obtains a token by client credentials. */
async function token(): Promise<string> {
  const basic = Buffer.from(`${CLIENT}:${SECRET}`).toString("base64");
  const client = createClient<Oauth>({ baseUrl, headers: { authorization: `Basic ${basic}` } });
  const answer = await client.POST("/oauth/v3/token", {
    body: { grant_type: "client_credentials", scope },
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  return ok(answer).access_token;
}

/** A ticket: the street number of a building is wrong. */
function correction(number: string): components["schemas"]["NewTicket"] {
  return {
    "@type": "AnomalieAdresse.modification",
    code_oi: "FTEL",
    code_oc: "SFRA",
    relatedEntity: [{ id: "IMB/09001/X/000E" }],
    issues: { "building.address.streetNr": { value: [number] } },
  };
}

type TicketClient = ReturnType<typeof createClient<Tickets>>;

/** Opens five tickets and reads them in pages of two, by cursor. */
async function openAndList(client: TicketClient): Promise<string> {
  const opened: string[] = [];
  for (let number = 0; number < 5; number++) {
    const ticket = ok(await client.POST("/api/v2/anomalie-adresse", { body: correction(`${number}`) }), 201);
    assert.equal(ticket.status, "ACKNOWLEDGED");
    opened.push(ticket.id);
  }
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, sort: "creationDate", ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.GET("/api/v2/anomalie-adresse", { params: { query } });
    // `fields` may leave out any member of a ticket in a list.
    listed.push(...ok(page).map((ticket) => ticket.id ?? ""));
    const next = /<([^>]*)>; rel="next"/.exec(page.response.headers.get("link") ?? "");
    cursor = next?.[1] && (new URL(next[1], baseUrl).searchParams.get("cursor") ?? undefined);
  } while (cursor);
  assert.deepEqual(listed.filter((id) => opened.includes(id)), opened);
  return opened[0]!;
}

/** Changes a ticket by PATCH and PUT; a version that has passed is refused. */
async function change(client: TicketClient, id: string): Promise<void> {
  const path = { id };
  const read = await client.GET("/api/v2/anomalie-adresse/{id}", { params: { path } });
  assert.equal(ok(read).id, id);
  const first = read.response.headers.get("etag") ?? "";
  const patched = await client.PATCH("/api/v2/anomalie-adresse/{id}", {
    params: { path, header: { "If-Match": first } },
    body: { description: "The number is on the gate" },
  });
  assert.equal(ok(patched).description, "The number is on the gate");
  const put = (version: string) =>
    client.PUT("/api/v2/anomalie-adresse/{id}", {
      params: { path, header: { "If-Match": version } },
      body: { ...correction("12"), description: "The number is 12" },
    });
  const whole = ok(await put(patched.response.headers.get("etag") ?? ""));
  assert.deepEqual(whole.issues?.["building.address.streetNr"]?.value, ["12"]);
  const late = await put(first);
  assert.equal(late.response.status, 412);
  assert.equal(late.error?.code, "65");
}

/** Attaches a file, waits for its check and downloads it. */
async function upload(client: TicketClient, id: string): Promise<void> {
  const content = "IMB;12\n";
  const created = await client.POST("/api/v2/anomalie-adresse/{id}/attachment", {
    params: { path: { id } },
    body: { file: content, attachment: { name: "list.csv" } },
    bodySerializer: (body) => {
      assert("file" in body);
      const form = new FormData();
      form.set("file", new Blob([body.file], { type: "text/csv" }), "list.csv");
      form.set("attachment", new Blob([JSON.stringify(body.attachment)], { type: "application/json" }));
      return form;
    },
  });
  const path = { id, attachment: ok(created, 201).id };
  const deadline = Date.now() + 30_000;
  let status: string | undefined = "PENDING";
  while (status === "PENDING" && Date.now() < deadline) {
    await pause(100);
    const read = await client.GET("/api/v2/anomalie-adresse/{id}/attachment/{attachment}", { params: { path } });
    status = ok(read).status;
  }
  assert.equal(status, "VALIDATED");
  const download = await client.GET("/api/v2/anomalie-adresse/{id}/attachment/{attachment}/content", {
    params: { path },
    parseAs: "text",
  });
  assert.equal(ok(download), content);
}

/** Lists organizations; creates, lists, changes, replaces and deletes an individual. */
async function directory(client: ReturnType<typeof createClient<Party>>): Promise<void> {
  const mount = "/united-way/party-management/v1";
  const organizations = ok(await client.GET(`${mount}/organization`, { params: { query: { limit: 10 } } }));
  assert(organizations.length > 0 && organizations.every((organization) => organization.id));
  const jack = { familyName: "Dalton", givenName: "Jack" };
  const individual = ok(await client.POST(`${mount}/individual`, { body: jack }), 201);
  assert.equal(individual.fullName, "Jack Dalton");
  const params = { path: { id: individual.id } };
  const listed = await client.GET(`${mount}/individual`, { params: { query: { familyName: "Dalton" } } });
  assert.deepEqual(ok(listed).map((one) => one.id), [individual.id]);
  const patched = await client.PATCH(`${mount}/individual/{id}`, { params, body: { title: "Mr" } });
  assert.equal(ok(patched).title, "Mr");
  ok(await client.PUT(`${mount}/individual/{id}`, { params, body: { ...jack, givenName: "Joe" } }));
  assert.equal(ok(await client.GET(`${mount}/individual/{id}`, { params })).givenName, "Joe");
  ok(await client.DELETE(`${mount}/individual/{id}`, { params }), 204);
}

const headers = { authorization: `Bearer ${await token()}` };
const tickets = createClient<Tickets>({ baseUrl, headers });
const ticket = await openAndList(tickets);
await change(tickets, ticket);
await upload(tickets, ticket);
await directory(createClient<Party>({ baseUrl, headers }));
