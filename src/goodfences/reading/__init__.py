"""Reading what people write, for rules that know words: a text as it is seen, and phrases along it.

Stands on nothing of ours. What breaks a rule is the business of the rooms that have rules: policy and guardrails.
"""
