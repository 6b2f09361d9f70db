"""Cameras that speak ONVIF: what they are, where their streams are, and what they tell.

A client of our own, since few calls are needed and a camera is not to be trusted: every answer has a limit in size
and in time, no entity of an XML document is resolved, and whatever address a camera names, only the host that its
owner named is spoken to.
"""
