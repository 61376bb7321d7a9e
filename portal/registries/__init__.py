"""The state's own registers (LGSP): looked up for a person and a purpose, every look-up logged.

    answer = lookups.look_up(Registry.CIVIL_STATUS, person, claims=["marital_status"], purpose=…, basis=…, at=now)

The door to the wire is `client`; `breaker` spares a register that is down, `kept` holds an answer for the few
minutes that the law allows. `sandbox` is a register server for the demonstration and the tests.
"""
