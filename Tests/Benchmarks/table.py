"""Figures by name as rows of a table."""

Figures = dict[str, float]
Column = tuple[str, str, str]  # title, name and format of the figure


def head(columns: list[Column], label: str, width: int) -> str:
    return f"  {label:{width}}" + "".join(f"  {title:>7}" for title, _, _ in columns)


def row(columns: list[Column], label: str, width: int, figures: Figures) -> str:
    return f"  {label:{width}}" + "".join(f"  {figures[name]:{max(7, len(title))}{form}}" for title, name, form in columns)
