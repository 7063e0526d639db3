"""Questions, and contexts that hold their answers: plain ones, repeated words, Chinese, emoji, accents, line ends, and some that need several windows."""

harbour = (
    "The old harbour was built in 1874 by the engineer Maria Lindqvist, who had worked in Rotterdam before. It cost 42,000 crowns, "
    "twice what the council had voted for. The mayor said it would sink within ten years; it still stands. In 1911 a storm took the "
    "western pier, and it was rebuilt in stone from the quarry at Ekeby. Today, about 300 boats lie there in summer, most of them from "
    "Norway, Denmark and the Netherlands. The lighthouse keeper, Anders Holm, lives in the red house with his dog, Tor, and writes "
    "down every ship that passes."
)
bridge = (
    "A bridge is a bridge. The Bridge in question, a bridge of wood, fell in 1803. The bridge that came after it, of iron, fell in "
    "1871, and the bridge of today was opened on 5 May 1902 by King Oscar."
)
chinese = "王小明于1998年出生在北京。他在上海的复旦大学学习物理，2021年获得博士学位。现在他住在深圳，喜欢打篮球🏀和看电影。"
emoji = "On Monday 🙂 Ana ate 3 🍕🍕🍕; on Tuesday 👩‍👩‍👧‍👦 came by, and they had naïve café crêpes — “crème brûlée”, too."
mail = "From: Ó Briain\r\nTo: support\r\n\r\nThe pump (model X-42b) stopped at 03:15.\r\nIt shows error E17: \"no water\".\r\nPlease send a technician before Friday."
russian = "Лев Толстой родился в Ясной Поляне в 1828 году. Он написал «Войну и мир» и «Анну Каренину»."
code = "def area(r):\n    # circle's area\n    return 3.14159 * r**2\n\nprint(area(2))  # prints 12.56636"
short = "Paris."

questions = [
    ("Who built the harbour?", harbour),
    ("What did the harbour cost?", harbour),
    ("Where does the stone come from?", harbour),
    ("When did the bridge of iron fall?", bridge),
    ("Who opened the bridge?", bridge),
    ("王小明在哪里学习？", chinese),
    ("他喜欢什么？", chinese),
    ("What did Ana eat?", emoji),
    ("Who came by on Tuesday 👀?", emoji),
    ("Which error does the pump show?", mail),
    ("Где родился Толстой?", russian),
    ("What is printed?", code),
    ("Which city?", short),
    ("What is the name of the dog?", f"{harbour} {bridge} {mail}"),
]

statements = [
    ("I have a problem with my phone that needs to be resolved asap!!", ["urgent", "not urgent", "phone", "tablet"]),
    ("The match ended 3:2 after extra time.", ["sports", "politics"]),
    ("他喜欢打篮球🏀和看电影。", ["体育", "电影", "音乐"]),
    ("Ana ate 3 🍕🍕🍕 in the café.", ["food"]),
]
