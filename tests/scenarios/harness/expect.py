"""Expectations: Python expressions over the result of a command, each of which must be true.

On failure the parts of a comparison are shown with their values.
"""
import ast

SHOWN = 700


def show(value):
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def parts(expression):
    """Returns the sub-expressions whose values show why the expression is false."""
    node = ast.parse(expression, mode="eval").body
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    return []


def difference(expression, names):
    """Returns only the elements that two sets, which should be equal, don't share."""
    node = ast.parse(expression, mode="eval").body
    if not (isinstance(node, ast.Compare) and [type(o) for o in node.ops] == [ast.Eq]):
        return []
    left, right = (eval(ast.unparse(n), names) for n in (node.left, node.comparators[0]))
    if isinstance(left, dict) and isinstance(right, dict):
        left, right = (set(map(repr, d.items())) for d in (left, right))
    if not (isinstance(left, set) and isinstance(right, set)):
        return []
    return ["      only on the left: " + show(left - right), "      only on the right: " + show(right - left)]


def check(expressions, names):
    """Yields the expectations that are not met."""
    for expression in expressions:
        try:
            if eval(expression, names):
                continue
        except Exception as error:
            yield "expected: %s\n      failed: %s: %s" % (expression, type(error).__name__, error)
            continue
        lines = ["expected: " + expression]
        lines += difference(expression, names)
        for part in parts(expression) if len(lines) == 1 else []:
            text = ast.unparse(part)
            if not isinstance(part, ast.Constant):
                lines.append("      actual: %s = %s" % (text, show(eval(text, names))))
        yield "\n".join(lines)
