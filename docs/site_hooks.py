"""Links of the pages to files outside the documentation become the paths of those files."""

import re

#: A link to a path above docs/, seen from a page one folder down, with the text of the link.
OUTSIDE = re.compile(
    r"\[([^\]]+)\]\((?:\.\./){1,2}((?:workflow|config|profiles|envs|tests|benchmarks|[A-Z])[^)]*)\)"
)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Called by MkDocs with the text of each page."""
    return OUTSIDE.sub(
        lambda link: f"{link[1]} (`{link[2]}`)" if link[2] not in link[1] else link[1], markdown
    )
