"""The web inbox, the console and the demo's time bar: server-rendered pages over the desk and the tables."""
