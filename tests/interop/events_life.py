"""Accounts that join, move and leave while `reeve serve` runs, and regions that are not in scope."""
import events_samples, fixture
from events_daemon import given_back, wait_until
from events_scene import DRIFTED, expected, expected_cells, member
from fixture import BPA, GUARDDUTY, MANAGEMENT, REGIONS


def create_account(scene, name, **has):
    """Makes a member after the daemon has walked the organization."""
    world, org = scene.world, scene.world.client("organizations")
    row = member(name, "Workloads/Dev", **has)
    account = org.create_account(Email=name + "@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
    world.ids[name], world.names[account] = account, name
    world.rows.append(row)
    move(world, name, "Workloads/Dev")
    world.credentials[name] = world.client("sts").assume_role(
        RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account, RoleSessionName="fixture")["Credentials"]
    world.fill(row, None)
    return row


def move(world, name, ou):
    org, account, at = world.client("organizations"), world.ids[name], world.client("organizations").list_roots()["Roots"][0]["Id"]
    for part in ou.replace("\\/", "\0").split("/"):
        at = next(u["Id"] for u in org.list_organizational_units_for_parent(ParentId=at)["OrganizationalUnits"] if u["Name"] == part.replace("\0", "/"))
    org.move_account(AccountId=account, SourceParentId=org.list_parents(ChildId=account)["Parents"][0]["Id"], DestinationParentId=at)


def check_swept(scene, name, sample):
    """Checks that all cells of the account, in its new unit, were checked and mended."""
    c, world, row, account = scene.c, scene.world, scene.row(name), scene.world.ids[name]
    scene.queue.send(events_samples.event(sample, account, events_samples.OF_ORGANIZATION))
    records = scene.told(name)
    c.same("%s: one record, with the worst of it" % name, [(r["outcome"], r["source"]) for r in records], [("awaiting_approval" if "bare" in row["users"] else "alerted", "organization")])
    c.same("%s: all its cells" % name, scene.daemon.cells(account), expected_cells(world, row))
    found = {(f["account"], f["region"], f["baseline"], f["resource"]): f["status"] for f in scene.daemon.list("findings", account=account)
             if f["status"] not in ("compliant", "not_applicable")}
    c.same("%s: its findings" % name, found, expected(world, row))
    now = world.observe(row)
    c.same("%s: boto3 sees the detectors as its unit wants them" % name, {r: now[r, GUARDDUTY] for r in REGIONS},
           {r: [{"Status": "ENABLED", "Frequency": world.setting_frequency(row), "On": sorted(fixture.FEATURES)}] for r in REGIONS})


def check_life(scene):
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    create_account(scene, "new", **DRIFTED)
    c.same("new: not known before", daemon.cells(world.ids["new"]), {})
    check_swept(scene, "new", events_samples.CREATED)
    check_swept(scene, "enrolled", events_samples.ENROLLED)
    move(world, "moved", "Workloads/Dev")
    scene.row("moved").update(ou="Workloads/Dev", detectors=dict.fromkeys(REGIONS, "frequency"))    # its frequency is drift in that unit
    check_swept(scene, "moved", events_samples.MOVED)

    org = world.client("organizations")
    finding = next(s for s in events_samples.SAMPLES if s.name == "asff-s3-1")
    leaves = {"closing": ("CloseAccount", "retired"), "leaving": ("RemoveAccountFromOrganization", "retired"), "staying": ("CloseAccount", "ignored")}
    queue.send(*[events_samples.event(finding, world.ids[name]) for name in leaves])
    for name in leaves:
        scene.told(name)
        c.same("%s: a cell is known" % name, set(daemon.cells(world.ids[name])), {(BPA, "global")})
    org.close_account(AccountId=world.ids["closing"])
    org.remove_account_from_organization(AccountId=world.ids["leaving"])
    queue.send(*[events_samples.event(events_samples.CLOSED, world.ids[name], events_samples.OF_ORGANIZATION) for name in ("closing", "staying")],
               events_samples.call(MANAGEMENT, "us-east-1", "organizations", "RemoveAccountFromOrganization", {"accountId": world.ids["leaving"]}))
    for name, (_, outcome) in leaves.items():
        c.same("%s: outcomes" % name, sorted(r["outcome"] for r in scene.told(name, 2)), sorted(["compliant", outcome]))
        known = [x for kind in ("cells", "findings", "accounts") for x in daemon.list(kind) if world.ids[name] in (x.get("account"), x.get("id"))]
        c.ok("%s: its findings are %s" % (name, "gone" if outcome == "retired" else "kept"), bool(known) == (outcome != "retired"), known)
    queue.send(events_samples.event(finding, world.ids["outside"]), events_samples.event(events_samples.SAMPLES[0], "999999999999"),
               events_samples.call("999999999999", "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}),
               events_samples.call(world.ids["closing"], "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}))
    stranger = wait_until("a stranger's events have outcomes", lambda: (lambda x: x if len(x) == 2 else None)(daemon.signals(account="999999999999")))
    c.same("an account that nobody knows: outcomes", sorted(r["outcome"] for r in stranger), ["ignored", "unknown_account"])
    c.same("closing: later events are out of scope", scene.told("closing", 3) and sorted(scene.outcomes("closing")), ["compliant", "out_of_scope", "retired"])
    c.same("outside: out of scope, and untouched", (scene.told("outside") and scene.outcomes("outside"), scene.block("outside")), (["out_of_scope"], None))
    queue.drained()
    scene.world.rows = [r for r in world.rows if r["name"] not in ("closing", "leaving")]


def check_regions(scene):
    """A region that the configuration leaves out is not touched, whatever an event says; nor is one that does not exist."""
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    for name, region in (("elsewhere", "us-west-2"), ("nowhere", "zz-nowhere-1")):
        message, = queue.send(events_samples.call(world.ids[name], region, "guardduty", "DeleteDetector", {"detectorId": "0" * 32}))
        wait_until("the event of %s is handled" % region, lambda name=name, message=message: scene.outcomes(name) or given_back(daemon, message)[1])
        c.ok("%s: nothing is done in %s, which is not in scope" % (name, region), not {"remediated", "unknown"} & set(scene.outcomes(name)), scene.outcomes(name))
        c.same("%s: no cell of %s is known" % (name, region), daemon.cells(world.ids[name]), {})
    c.same("elsewhere: boto3 sees no detector", world.client("guardduty", "elsewhere", "us-west-2").list_detectors()["DetectorIds"], [])
