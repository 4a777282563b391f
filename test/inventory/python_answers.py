"""Writes python_answers.json: what Python and Ansible make of many odd texts. Needs ansible-core; run it in this folder with the Python that has it: /usr/bin/python3 python_answers.py

The answers are of Python, so that our readers of the same formats can be compared with them where Python is missing.
"""
import ast
import json
import random
import shlex
import warnings

from ansible.parsing.utils.addresses import parse_address
from ansible.parsing.yaml.loader import AnsibleLoader
from ansible.plugins.inventory import expand_hostname_range

warnings.simplefilter("ignore")
random.seed(20260401)


def texts(pieces, longest, count):
    found = set()
    while len(found) < count:
        found.add("".join(random.choice(pieces) for _ in range(random.randint(1, longest))).strip())
    return sorted(found - {""})


def literal(text):
    try:
        value = ast.literal_eval(text)
        return json.loads(json.dumps(value.decode() if isinstance(value, bytes) else value, allow_nan=False))
    except (ValueError, SyntaxError) as error:
        return {"strange": True} if "Out of range" in str(error) else {"text": True}
    except TypeError:
        return {"strange": True}


def words(text):
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return None


def hosts(text):
    try:
        host, port = parse_address(text, allow_ranges=True)
    except Exception:
        host, port = text, None
    if text.endswith(":") and port is None:
        return None
    try:
        return [expand_hostname_range(host) if "[" in host else [host], port]
    except Exception:
        return None


def scalar(text):
    value = AnsibleLoader("v: %s\n" % text).get_single_data()["v"]
    return text if hasattr(value, "isoformat") else value


LITERALS = ["1", "0", "01", "1_0", "0x1F", "1e3", ".5", "5.", "-1", "+2", "True", "None", "true", "'a'", '"b"', "a", "a.b", "[1]",
            "{'k':1}", "(1,2)", "1,2", "'a' 'b'", "r'\\d'", " ", "#c", "# c", ",", "[", "]", "{", "}", "(", ")", ":", "'", '"', "\\",
            "1.5.2", "0o17", "0b11", "1j", "...", "u'x'", "'\\n'", "'\\x41'"]
HOSTS = ["a", "b1", "-", "_", ".", "[1:3]", "[01:03]", "[a:c]", "[1:", "]", "[", ":", "22", ":22", "::", "2001", "db8", "[a:5]",
         "10.0.0.1", "[0:9:3]", "é", "/"]
SCALARS = ["0", "1", "7", "8", "_", ":", "30", ".", "e", "E", "+", "-", "x", "b", "0x1", "0b1", "0o", "yes", "no", "on", "null", "~",
           "y", "N", "true", "TRUE", "False", "tRue", "2024-01-01", "a"]

answers = {
    "literals": [[text, literal(text)] for text in texts(LITERALS, 5, 500)],
    "words": [[text, words(text)] for text in texts(list("ab=#'\"\\ \t xy"), 12, 300) if text[0] != "#"],
    "hosts": [[text, hosts(text)] for text in texts(HOSTS, 5, 300)],
    "scalars": [[text, scalar(text)] for text in texts(SCALARS, 5, 500) if text[-1] != ":" and ": " not in text and text != "-"],
}
with open("python_answers.json", "w") as out:
    out.write("{\n")
    out.write(",\n".join('"%s": [\n%s\n]' % (kind, ",\n".join(json.dumps(pair) for pair in pairs)) for kind, pairs in answers.items()))
    out.write("\n}\n")
