# SPDX-License-Identifier: GPL-2.0-or-later
"""manifest.py SCHEMA MANIFEST README: is the manifest what Kubernetes takes, and do its parts agree?

The schema must refuse what is wrong: each of a list of mistakes is made in turn.
"""
import copy
import json
import re
import sys

import jsonschema
import yaml


def parts(document):
    """The pod, its container, and that one's securityContext."""
    pod = document["spec"]["template"]["spec"]
    return pod, pod["containers"][0], pod["containers"][0]["securityContext"]


MISTAKES = {
    "hostPid for hostPID": lambda d: parts(d)[0].update(hostPid=True),
    "a number for a quantity": lambda d: parts(d)[1]["resources"]["limits"].update(memory=1),
    "CAP_BPF for BPF": lambda d: parts(d)[2]["capabilities"]["add"].append("CAP_BPF"),
    "a volume of no kind": lambda d: parts(d)[0]["volumes"].append({"name": "x"}),
    "a volume of two kinds": lambda d: parts(d)[0]["volumes"][0].update(emptyDir={}),
    "no selector": lambda d: d["spec"].pop("selector"),
    "no image": lambda d: parts(d)[1].pop("image"),
    "a relative path": lambda d: parts(d)[1]["volumeMounts"][0].update(mountPath="sys"),
    "the name in capitals": lambda d: d["metadata"].update(name="Hostprof"),
    "an old version": lambda d: d.update(apiVersion="extensions/v1beta1"),
    "a label of a number": lambda d: d["metadata"]["labels"].update(x=1),
    "text for a flag": lambda d: parts(d)[2].update(privileged="no"),
}


def main():
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    documents = list(yaml.safe_load_all(open(sys.argv[2], encoding="utf-8")))
    readme = open(sys.argv[3], encoding="utf-8").read()
    check = jsonschema.Draft7Validator(schema)
    jsonschema.Draft7Validator.check_schema(schema)

    for document in documents:
        check.validate(document)
    daemonset = next(d for d in documents if d["kind"] == "DaemonSet")
    for mistake, make in MISTAKES.items():
        wrong = copy.deepcopy(daemonset)
        make(wrong)
        if check.is_valid(wrong):
            sys.exit(f"the schema takes {mistake}")

    # What no schema says.
    pod, container, security = parts(daemonset)
    labels = daemonset["spec"]["template"]["metadata"]["labels"]
    if daemonset["spec"]["selector"]["matchLabels"] != labels:
        sys.exit("the selector is not the labels of the pods")
    names = [d["metadata"]["name"] for d in documents if d["kind"] == "Namespace"]
    if daemonset["metadata"]["namespace"] not in names:
        sys.exit("the namespace is not in the manifest")
    if {m["name"] for m in container["volumeMounts"]} != {v["name"] for v in pod["volumes"]}:
        sys.exit("the mounts are not the volumes")
    section = readme.split("## In a container", 1)[1].split("\n## ", 1)[0]
    wanted = re.findall(r"CAP_([A-Z_]+)", section.split("```", 1)[0])
    if not pod["hostPID"] or security["capabilities"]["add"] != wanted:
        sys.exit(f"README says the host's pid namespace and {wanted}")
    options = re.search(r"--cap-add=\{([A-Z_,]+)\}", section)
    if not options or options.group(1).split(",") != wanted:
        sys.exit("README's command has other capabilities than its text")
    print(f"{len(documents)} documents, {len(MISTAKES)} mistakes refused")


main()
