// Loaded before the vendor's client: it listens on every interface, and could call home. Here it does neither.
"use strict";

const net = require("node:net");

const HERE = new Set(["127.0.0.1", "::1", "localhost"]);

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port !== "number") throw new Error("only a port can be listened on here");
  const ready = rest.find((argument) => typeof argument === "function");
  return listen.call(this, { port, host: "127.0.0.1" }, ready);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  // Node's own modules pass [[options, callback]]; everybody else passes options or port and host.
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = (typeof first === "object" ? first.host : given[1]) ?? "localhost";
  if (HERE.has(host)) return connect.apply(this, given);
  // Nobody can listen on port 0: refused, in the way that the caller expects of a network.
  return connect.call(this, { port: 0, host: "127.0.0.1" });
};
