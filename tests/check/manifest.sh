#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the Kubernetes manifest has the form that Kubernetes takes, by a schema of all keys that may
# be in it; its parts agree with one another, and with what README says.
set -u
cd "$(dirname "$0")/../.." || exit 1

# Debian's python, which has Debian's modules.
python=/usr/bin/python3
$python -c 'import jsonschema, yaml' 2>/dev/null ||
	{ echo "python3-jsonschema or python3-yaml is not installed"; exit 77; }
$python tests/check/manifest.py tests/check/manifest.schema.json .deploy/daemonset.yaml README.md
