#!/usr/bin/env python3
"""Prints the SERVICE_LACKS row of a service for services.def, or checks the rows that are there.

usage: regions.py SERVICE...     as botocore names it, e.g. macie2
       regions.py --check        compares every row, and every service of operations.toml, with AWS's endpoint data

The data is the endpoints.json of the botocore that is installed. A region that a service lacks there lacks the
service, except where the data is known to lag behind: S3 Control is wherever S3 is, a service with one endpoint for
the partition is in all its regions, and the partitions aws-eusc and aws-iso-e have lists that lack even IAM.
"""

import os
import re
import sys
import textwrap
import tomllib

import botocore.loaders
import botocore.model

HERE = os.path.dirname(os.path.abspath(__file__))
INCOMPLETE_PARTITIONS = {"aws-eusc", "aws-iso-e"}
EVERYWHERE = {"s3control"}


def lacking(loader, service_id):
    """The regions without the service, in the order of the data."""
    model = botocore.model.ServiceModel(loader.load_service_model(service_id, "service-2"), service_id)
    regions = []
    if service_id in EVERYWHERE:
        return regions
    for partition in loader.load_data("endpoints")["partitions"]:
        service = partition["services"].get(model.endpoint_prefix, {})
        if partition["partition"] in INCOMPLETE_PARTITIONS or service.get("isRegionalized") is False:
            continue
        regions += [region for region in partition["regions"] if region not in service.get("endpoints", {})]
    return regions


def row_of(service_id, regions):
    text = f"SERVICE_LACKS({service_id}, " + ", ".join(f'"{region}"' for region in regions) + ")"
    return "\n\t".join(textwrap.wrap(text, 96, break_on_hyphens=False))


def check(loader):
    with open(os.path.join(HERE, "services.def"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    rows = {name: re.findall(r'"([^"]*)"', regions)
            for name, regions in re.findall(r"SERVICE_LACKS\((\w+),(.*?)\)", text, re.S)}
    with open(os.path.join(HERE, "../operations/operations.toml"), "rb") as file:
        services = sorted(set(rows) | set(tomllib.load(file)))
    failed = 0
    for service_id in services:
        regions = lacking(loader, service_id)
        if sorted(regions) != sorted(rows.get(service_id.replace("-", "_"), [])):
            failed += 1
            print(f"services.def: {service_id}: the row differs from AWS's endpoint data; " +
                  (f"it should be\n{row_of(service_id, regions)}" if regions else "there should be none"))
    print(f"{len(services) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 1
    loader = botocore.loaders.Loader()
    if sys.argv[1:] == ["--check"]:
        return check(loader)
    for service_id in sys.argv[1:]:
        regions = lacking(loader, service_id)
        print(row_of(service_id, regions) if regions else f"{service_id} is in every region: it needs no row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
