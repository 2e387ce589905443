"""The publisher's style sheets → the few looks that our pages keep, as classes of our own."""
