"""How the goldens of tokenizers give texts to the Python package, and keep what it encodes."""


def readable(text):
    return "".join("\ufffd" if 0xD800 <= ord(character) < 0xE000 else character for character in text)


def utf16(text):
    """The UTF-16 offset of each code point, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def packed(encoding, texts):
    """Ids, then for each content token its gap to the end before and its length; which tokens are special; type ids."""
    offsets = [utf16(text) for text in texts]
    ranges, ends = [], [0, 0]
    specials = [index for index, special in enumerate(encoding.special_tokens_mask) if special]
    for index, (start, end) in enumerate(encoding.offsets):
        if not encoding.special_tokens_mask[index]:
            sequence = encoding.sequence_ids[index]
            start, end = offsets[sequence][start], offsets[sequence][end]
            ranges += [start - ends[sequence], end - start]
            ends[sequence] = end
    return [encoding.ids, ranges, specials, encoding.type_ids if any(encoding.type_ids) else 0]
