// The chat page. This file only puts the parts together:
//
//   line.js  <->  lobby.js  ->  conversations.js  ->  views (log, rooms, ...)
//   socket       the events     the model             read it, never the socket
//                    ^
//                outbox.js  <-  composer.js
//
// Each arrow is a method call or an event; nothing else is shared.

import { byId } from "../dom.js";
import { MissingClient, loadClient } from "../client.js";
import { clientId, displayName, rename } from "../identity.js";
import { Line } from "../line.js";
import { Composer } from "./composer.js";
import { Connection, storedMode } from "./connection.js";
import { Conversations } from "./conversations.js";
import { Details } from "./details.js";
import { Drawers } from "./drawers.js";
import { Lobby } from "./lobby.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { RoomList } from "./rooms.js";

/** @typedef {import("./conversations.js").Conversation} Conversation */

const roomsKey = "parley.rooms";
const firstRoom = "lobby";

/** @param {typeof import("socket.io-client").io} io */
function start(io) {
  const conversations = new Conversations();
  conversations.me = { id: clientId(), name: displayName() };
  const line = new Line(io, { auth: { clientId: clientId() }, mode: storedMode() });
  const looking = (/** @type {Conversation} */ conversation) =>
    conversation === conversations.active && !document.hidden;
  const lobby = new Lobby(line, conversations, looking);

  const show = (/** @type {Conversation} */ conversation) => {
    conversations.show(conversation);
    drawers.close();
    composer.focus();
  };
  const talkTo = (/** @type {string} */ user) => show(conversations.open("private", user));

  const drawers = new Drawers();
  const outbox = new Outbox(lobby, conversations, (conversation, problem) => {
    // In view, the message says it itself; a screen reader has to be told.
    if (conversation === conversations.active) byId("announcement").textContent = `Not sent. ${problem}`;
    else composer.problem(`Not sent to ${conversations.titleOf(conversation)}. ${problem}`);
  });
  const composer = new Composer(conversations, {
    send: (conversation, text, picture) => outbox.send(conversation, text, picture),
    typing: (conversation, on) => lobby.tellTyping(conversation, on),
  });
  new Log(conversations, {
    talkTo,
    retry: (message) => conversations.active && outbox.retry(conversations.active, message),
    discard: (message) => conversations.active && conversations.remove(conversations.active, message),
  });
  const roomList = new RoomList(conversations, {
    show,
    join: async (room) => show(await lobby.join(room)),
    rename: (name) => {
      conversations.me.name = rename(name);
      conversations.changed("people");
      lobby.joinAll();
    },
  });
  new Details(conversations, { talkTo, leave: (conversation) => lobby.leave(conversation).catch(() => {}) });
  new Connection(line);

  conversations.addEventListener("list", () => storeRooms(conversations));
  conversations.addEventListener("active", () => pointTo(conversations.active));
  document.addEventListener("visibilitychange", () => document.hidden || conversations.seen());
  addEventListener("hashchange", () => {
    const room = roomInAddress();
    if (room && room !== conversations.active?.peer) roomList.join(room);
  });

  const asked = roomInAddress();
  const rooms = new Set([...storedRooms(), ...(asked ? [asked] : [])]);
  for (const room of rooms.size > 0 ? rooms : [firstRoom]) conversations.open("room", room);
  show(/** @type {Conversation} */ (conversations.room(asked) ?? [...conversations.all.values()][0]));
  line.connect();
}

/** The address names the room on show, so that it can be sent to somebody. */
function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // a half-copied address
  }
}

/** @param {Conversation | null} conversation */
function pointTo(conversation) {
  const hash = conversation?.kind === "room" ? `#${encodeURIComponent(conversation.peer)}` : "";
  history.replaceState(null, "", `${location.pathname}${hash}`);
}

/** @returns {string[]} */
function storedRooms() {
  try {
    const rooms = JSON.parse(sessionStorage.getItem(roomsKey) ?? "[]");
    return Array.isArray(rooms) ? rooms.filter((room) => typeof room === "string") : [];
  } catch {
    return [];
  }
}

/** @param {Conversations} conversations */
function storeRooms(conversations) {
  const rooms = [...conversations.all.values()].filter(({ kind }) => kind === "room").map(({ peer }) => peer);
  try {
    sessionStorage.setItem(roomsKey, JSON.stringify(rooms));
  } catch {
    // The rooms are then forgotten at the next reload.
  }
}

try {
  start(await loadClient());
} catch (error) {
  if (!(error instanceof MissingClient)) throw error;
  const notice = byId("notice");
  notice.replaceChildren(...error.explain());
  notice.hidden = false;
  for (const part of document.querySelectorAll("#pill, #composer, .hull-lists, .me, .details section")) {
    part.toggleAttribute("hidden", true);
  }
}
