{% load static %}// Answers for the shop while this device is offline, from the books that its reader has kept on it. A browser has it
// only while a book is kept. docs/decisions/0027-offline.md says what is stored and when it is removed.
importScripts(
  "{% static "js/offline_store.js" %}",
  "{% static "js/offline_keeping.js" %}",
  "{% static "js/offline_sending.js" %}",
  "{% static "js/offline_worker.js" %}",
);
