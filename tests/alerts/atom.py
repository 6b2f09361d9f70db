"""Whether a document is an Atom feed by RFC 4287: its grammar (appendix B) and the rules that its text adds."""

from __future__ import annotations

from collections import Counter

from lxml import etree

A = "{http://www.w3.org/2005/Atom}"

# The grammar of appendix B in RELAX NG's XML syntax, without what it leaves open to extensions: we use none.
GRAMMAR = """<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><ref name="feed"/></start>
<define name="common">
  <optional><attribute name="xml:base"><text/></attribute></optional>
  <optional><attribute name="xml:lang"><data type="string">
    <param name="pattern">[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*</param></data></attribute></optional>
</define>
<define name="words"><ref name="common"/>
  <optional><attribute name="type"><choice><value>text</value><value>html</value></choice>
  </attribute></optional><text/>
</define>
<define name="uri"><ref name="common"/><data type="anyURI"><param name="minLength">1</param></data></define>
<define name="date"><ref name="common"/><data type="dateTime">
  <param name="pattern">.+T.+(Z|[+\\-]\\d\\d:\\d\\d)</param>
  </data></define>
<define name="person"><ref name="common"/><interleave>
  <element name="name"><text/></element>
  <optional><element name="uri"><text/></element></optional>
  <optional><element name="email"><data type="string"><param name="pattern">.+@.+</param></data></element></optional>
</interleave></define>
<define name="link"><element name="link"><ref name="common"/>
  <attribute name="href"><data type="anyURI"/></attribute>
  <optional><attribute name="rel"><data type="string"><param name="minLength">1</param></data></attribute></optional>
  <optional><attribute name="type"><data type="string">
    <param name="pattern">.+/.+</param></data></attribute></optional>
  <optional><attribute name="hreflang"><text/></attribute></optional>
  <optional><attribute name="title"><text/></attribute></optional>
  <optional><attribute name="length"><text/></attribute></optional><empty/></element></define>
<define name="category"><element name="category"><ref name="common"/><attribute name="term"><text/></attribute>
  <optional><attribute name="scheme"><text/></attribute></optional>
  <optional><attribute name="label"><text/></attribute></optional><empty/></element></define>
<define name="both"><interleave>
  <zeroOrMore><element name="author"><ref name="person"/></element></zeroOrMore>
  <zeroOrMore><ref name="category"/></zeroOrMore>
  <zeroOrMore><element name="contributor"><ref name="person"/></element></zeroOrMore>
  <element name="id"><ref name="uri"/></element>
  <zeroOrMore><ref name="link"/></zeroOrMore>
  <optional><element name="rights"><ref name="words"/></element></optional>
  <element name="title"><ref name="words"/></element>
  <element name="updated"><ref name="date"/></element>
</interleave></define>
<define name="feed"><element name="feed"><ref name="common"/><interleave>
  <ref name="both"/>
  <optional><element name="generator"><text/></element></optional>
  <optional><element name="icon"><ref name="uri"/></element></optional>
  <optional><element name="logo"><ref name="uri"/></element></optional>
  <optional><element name="subtitle"><ref name="words"/></element></optional>
  <zeroOrMore><ref name="entry"/></zeroOrMore>
</interleave></element></define>
<define name="entry"><element name="entry"><ref name="common"/><interleave>
  <ref name="both"/>
  <optional><element name="content"><ref name="words"/></element></optional>
  <optional><element name="published"><ref name="date"/></element></optional>
  <optional><element name="summary"><ref name="words"/></element></optional>
</interleave></element></define>
</grammar>"""


def check(data: bytes) -> None:
    """Raises AssertionError, with the reason, for what is no Atom feed."""
    root = etree.fromstring(data)
    grammar = etree.RelaxNG(etree.fromstring(GRAMMAR))
    assert grammar.validate(root), str(grammar.error_log)
    entries = root.findall(f"{A}entry")
    # 4.1.1: an author for the feed or for each entry; 4.1.1, SHOULD: the feed names its own address.
    assert root.find(f"{A}author") is not None or all(one.find(f"{A}author") is not None for one in entries)
    assert [link for link in root.findall(f"{A}link") if link.get("rel") == "self"]
    # 4.1.2: an entry without content has an alternate link, and never two of one type and language.
    for one in entries:
        links = [link for link in one.findall(f"{A}link") if link.get("rel", "alternate") == "alternate"]
        assert links or one.find(f"{A}content") is not None
        kinds = Counter((link.get("type"), link.get("hreflang")) for link in links)
        assert max(kinds.values(), default=1) == 1
    # 4.2.6: an id is for ever and for one entry.
    ids = [one.findtext(f"{A}id") for one in [root, *entries]]
    assert len(set(ids)) == len(ids) and all(ids)
