/** One kind of text that people have, and where the cursor or the selection goes in it. */
export interface Subject {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** What is selected; only its beginning, for the cursor, where `cursor` is set. */
  readonly at: string;
  readonly cursor: boolean;
  /** A word whose hover is shown. */
  readonly hover: string;
}

const openings = [
  "{film} begins with a train that never arrives, and for an hour the story waits at the platform with its passengers.",
  "Nobody who saw the director's first film will be surprised that {film} looks beautiful from its first frame to its last.",
  "On paper {film} is a thriller about a stolen violin; on the screen it is a patient study of two sisters who have stopped talking.",
  "The posters promise a comedy, and {film} keeps that promise for exactly twenty minutes.",
  "Three writers are credited for {film}, and it shows: no two scenes seem to come from the same script.",
  "I went into {film} with low expectations, late on a rainy Tuesday, and came out wide awake.",
];

const middles = [
  "The camera stays close to the faces, and the actors repay it with small, exact gestures that say more than the dialogue.",
  "Too often, however, the music tells us what to feel long before the scene has earned it.",
  "A subplot about an insurance fraud is dull, confusing and, in the end, entirely without consequence.",
  "There is a dinner in the middle of it, shot in one take, that is as funny as anything I have seen this year.",
  "The dialogue is wooden, and the two leads deliver it as if they were reading a train timetable.",
  "What saves the film is its warmth: it likes its characters, even the ones who lie, and it lets them be wrong.",
  "The editing is a mess; whole conversations are cut into pieces until nobody seems to answer anybody.",
  "Costumes and sets are wonderful, and the harbour at night is worth the ticket alone.",
  "By the second hour the pace has slowed to a crawl, and the audience around me had begun to look at the clock.",
  "Her performance is quiet, generous and completely convincing, from the first letter to the last telephone call.",
  "The jokes are old, the villain is a cliché, and the final chase goes on for a quarter of an hour.",
  "It would be easy to mock the sincerity of these scenes, but they moved me, and I was glad to be moved.",
];

const endings = [
  "It is not a great film, but it is an honest one, and I would gladly see it again.",
  "In the end it is a clever idea without a heart, and it left me cold.",
  "The last ten minutes are so good that one forgives nearly everything that came before them.",
  "Two hours and a half are a long time to spend with people whom the film itself does not seem to like.",
  "It ends, as it began, with a silence, and this time the silence is full of meaning.",
  "What a pity that so much talent was spent on such a tired and predictable story.",
];

const films = [
  "The Late Train",
  "Harbour Lights",
  "A Borrowed Violin",
  "The Quiet Sister",
  "Salt and Paper",
  "Winter Rooms",
  "The Cartographer",
  "Small Hours",
  "Glass Orchard",
  "The Second Letter",
  "Northern Line",
  "A House in Lisbon",
  "Paper Boats",
  "The Understudy",
  "Low Tide",
  "The Last Projectionist",
];

const pick = (list: readonly string[], place: number): string => list[place % list.length] ?? "";

/** Reviews of films under Markdown headings: proper sentences, some 2,000 words. */
const reviews = films
  .map((film, place) => {
    const paragraph = (first: number, count: number): string =>
      Array.from({ length: count }, (_, step) => pick(middles, first + step * 5)).join(" ");
    const opening = pick(openings, place).replace("{film}", film);
    return `## ${film}\n\n${opening} ${paragraph(place, 3)}\n\n${paragraph(place + 3, 2)} ${pick(endings, place * 5 + 1)}\n`;
  })
  .join("\n");

const paragraph =
  "The film opens on an empty harbour, and for a while nothing happens, beautifully. A woman waits for a ship; a boy sells her a newspaper that is three days old. Then the ship comes in, and with it a husband whom she had been told was dead. " +
  "What follows could have been a melodrama, and in other hands it would have been an unbearable one. Here it is a gentle, funny and often surprising story about two people who have to learn each other's names again. " +
  "The script is not without its faults: the lawyer's scenes are dull, the storm in the middle looks cheap, and the music is far too fond of its own violins. " +
  "But the two leads are superb. She is all impatience and sudden kindness; he has the look of a man who apologises to doors. Their dinner in the closed hotel, where the cook has left and they try to make an omelette from a recipe in a language that neither of them reads, is the most charming scene of the year. " +
  "The ending, which I will not give away, is a little too neat, and I wished that the director had trusted us with a question instead of an answer. Still, I left the cinema happier than I came, and I have thought of that omelette every day since.";

/** The texts of the gallery. */
export const subjects: readonly Subject[] = [
  { name: "paragraph", file: "paragraph.txt", text: `${paragraph}\n`, at: paragraph, cursor: false, hover: "charming" },
  {
    name: "document",
    file: "essay.md",
    text: `# Sixteen films of one winter\n\n${reviews}`,
    at: `# Sixteen films of one winter\n\n${reviews}`,
    cursor: false,
    hover: "beautiful",
  },
  {
    name: "jsonl",
    file: "tickets.jsonl",
    text:
      '{"id": 17, "label": "positive", "text": "The caf\\u00e9 scene is \\"gorgeous\\", witty and moving.\\nI laughed twice.", "score": 0.93}\n' +
      '{"id": 18, "label": "negative", "text": "A dull, overlong film with a story that goes nowhere.", "score": 0.12}\n',
    at: "witty",
    cursor: true,
    hover: "witty",
  },
  {
    name: "python",
    file: "ranking.py",
    text: `import math


def rank(films: list[dict], weight: float = 0.5) -> list[dict]:
    """Sorts films by how much people enjoyed them.

    Charming films come first; dull, predictable or badly acted
    ones come last, whatever they cost.
    """
    # The old formula was a disaster: slow, confusing and wrong
    # for every film that only a few people had seen. This one
    # is simple and gives beautiful results.
    scored = [(film["likes"] * weight + math.log1p(film["seen"]), film) for film in films]
    message = "Thank you, that was a wonderful list."
    print(message)
    return [film for _, film in sorted(scored, key=lambda pair: -pair[0])]
`,
    at: "disaster",
    cursor: true,
    hover: "beautiful",
  },
  {
    name: "markdown",
    file: "page.md",
    text: `# What to see this week

The [new comedy](https://example.org/dull-address) by *Ana Prado* is a **gorgeous**, witty surprise, and
\`the dubbed version\` is best avoided: its voices are flat and its jokes are lost.

| Film | Verdict |
| --- | --- |
| [Low Tide](https://example.org/low) | Slow, sad and unforgettable. |
| Glass Orchard | A tired story that wastes a superb cast. |

> "I laughed twice, both times at the wrong moment."
`,
    at: "gorgeous",
    cursor: true,
    hover: "gorgeous",
  },
  {
    name: "html",
    file: "page.html",
    text: `<!doctype html>
<html lang="en">
  <head><title>Reviews</title><style>p { margin: 1em }</style></head>
  <body>
    <h1>Harbour Lights</h1>
    <p class="review">A <b>gorgeous</b>, witty caf&eacute; comedy &mdash; though its ending, alas, is
      <a href="https://example.org/dull">far too neat</a> &amp; a little dull.</p>
    <script>let dull = "not text";</script>
  </body>
</html>
`,
    at: "witty",
    cursor: true,
    hover: "gorgeous",
  },
];
