#!/usr/bin/python3
"""validate.py SCHEMA: reads JSON values from standard input, one a line, and prints how many the
schema accepts. Exit status 1 with the reason at the first that it does not accept, or if there is none."""
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
count = 0
for line in sys.stdin.buffer:
    value = json.loads(line)
    for error in validator.iter_errors(value):
        print(f"value {count + 1}: {list(error.absolute_path)}: {ascii(error.message)[:1000]}")
        sys.exit(1)
    count += 1
print(count)
sys.exit(0 if count else 1)
