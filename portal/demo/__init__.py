"""The demo: a made-up shop, ten weeks of support chats, and one drop planted on purpose."""
