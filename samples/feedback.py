"""Comments from a survey, to be explained line by line."""

COMMENTS = [
    "The workshop was well prepared and a pleasure from start to end.",
    "Too long, too loud, and the slides were impossible to read.",
    "I expected little and was pleasantly surprised.",
]


def longest(comments: list[str]) -> str:
    # Ties go to the comment that came first.
    return max(comments, key=len)


print(longest(COMMENTS))
