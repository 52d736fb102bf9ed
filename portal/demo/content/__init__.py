"""What customers ask the made-up shop, what it knows, and good and bad answers: one file a kind.

Each `.toml` file holds one kind of question:

- `[pages.<key>]`: a page of the help centre. `updated` lists the days on which it was changed,
  counted from the day of the planted drop (-5 is five days before it). `live = true`: read from
  the order system at the moment of asking.
- `[[scenarios]]`: one situation. `asks` are ways to put it, `good` answers that meet every
  criterion, `closings` what the customer says afterwards (`closings_bad` after a bad answer).
  `pages` are what the assistant was given, best match first, with the match.
- `[[scenarios.bad]]`: a bad answer: the criterion that fails, what went wrong, criteria that are
  only partly met, and notes as reviewers write them. `short = true`: what the word limit of
  Prompt 42 leads to. `fits`: the numbers of the `asks` it belongs to, when not all; a good
  answer can have it too: `{ text = "...", fits = [0, 2] }`.
- `[[scenarios.then]]`: a second question, `after` a "good", a "bad" or "any" first answer.

Words in braces are filled for each conversation: `{item}` (a product of the family `item`),
`{order}`, `{city}`, `{season}`; `rows` (one row is taken), `pick` (one of a list), `days` (a
date so many days ago: `{arrived}` and `{arrived_day}`), `money` (an amount between two).
"""
