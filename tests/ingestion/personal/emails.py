"""Spellings of e-mail addresses. What must go is between ⟦ and ⟧; the rest must stay; ⏎ is a line
break."""

EMAILS = r"""
Write to ⟦jo@example.com⟧ please
⟦Jo.Doe@Example.COM⟧
⟦JO.DOE@EXAMPLE.COM⟧ was refused
⟦jo.doe+orders@mail.example.co.uk⟧, thanks
⟦o'brien@example.com⟧ and others
⟦jo_doe-77@sub.domain.example.org⟧.
(⟦jo@example.com⟧)
<⟦jo@example.com⟧>
"Jo Doe" <⟦jo.doe@example.com⟧>
[⟦jo@example.com⟧]
mailto:⟦jo@example.com⟧?subject=hi
[write](mailto:⟦jo@example.com⟧)
e-mail:⟦jo@example.com⟧;
⟦jo@example.com⟧,⟦mia@example.net⟧
To: ⟦jo@example.com⟧; ⟦mia@example.net⟧
⟦a@b.co⟧
⟦x@example.museum⟧!
⟦jo@xn--mller-kva.de⟧
⟦jo@müller.de⟧
⟦jörg.müller@bücher.example⟧
⟦用户@例子.公司⟧
⟦иван@почта.рф⟧
⟦"jo doe"@example.com⟧
⟦"jo.(comment)"@example.com⟧
⟦jo!def#x%y@example.com⟧
⟦jo{doe}@example.com⟧
⟦jo@[192.168.0.12]⟧
⟦jo@[IPv6:2001:db8::1]⟧
⟦4155552671@example.com⟧
⟦jo@123.example.com⟧
⟦jo@mail-1.example-shop.com⟧?
Is it ⟦jo@example.com⟧? Yes.
https://shop.example/u?mail=⟦jo@example.com⟧&x=1
https://shop.example/u?mail=⟦jo%40example.com⟧&x=1
https://shop.example/u?mail=⟦jo%2Bx%40example.com⟧
https://shop.example/u?mail=⟦jo%2540example.com⟧
https://shop.example/users/⟦jo@example.com⟧/orders
email=⟦jo@example.com⟧
{"email":"⟦jo@example.com⟧"}
{"email":"⟦jo\u0040example.com⟧"}
{\"email\":\"⟦jo\\u0040example.com⟧\"}
first line\n⟦jo@example.com⟧\nnext
⟦jo&#64;example.com⟧
⟦jo&#x40;example&#46;com⟧
⟦jo&#0064;example.com⟧
⟦jo&commat;example&period;com⟧
⟦jo＠example.com⟧
⟦jo﹫example.com⟧
⟦ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ⟧
⟦jo@example。com⟧
⟦jo​@example.com⟧
⟦jo@exam­ple.com⟧
⟦j‍o⁠@﻿example.com⟧
⟦jo @ example.com⟧
⟦jo@ example.com⟧
⟦jo @example.com⟧ is mine
⟦jo @example.com⟧
⟦jo [at] example [dot] com⟧
⟦jo[at]example.com⟧
⟦jo[at]example[dot]com⟧
⟦jo (at) example (dot) com⟧
⟦jo(at)example.com⟧
⟦jo(AT)example(DOT)com⟧
⟦jo{at}example{dot}com⟧
⟦jo<at>example.com⟧
⟦jo.doe [ at ] example.com⟧
⟦jo AT example DOT com⟧
⟦jo AT example.com⟧
⟦jo at example dot com⟧
my mail is ⟦jo at example.com⟧
reach me at ⟦jo.doe at example.com⟧
⟦jodoe at gmail dot com⟧
⟦jodoe77 at gmail.com⟧ works
⟦jo dot doe at example dot com⟧
⟦jo-at-example-dot-com⟧
⟦jo_at_example_dot_com⟧
⟦jo(@)example.com⟧
⟦jo[@]example.com⟧
⟦jo@example[.]com⟧
⟦jo[@]example[.]com⟧
⟦jo@example(.)com⟧
⟦jo@example dot com⟧
⟦jo (ät) example (punkt) de⟧
⟦jo(a)example.com⟧
⟦jo arroba example punto com⟧
⟦jo@example.com⟧ 's account
`⟦jo@example.com⟧`
*⟦jo@example.com⟧*
**⟦jo@example.com⟧**
'⟦jo@example.com⟧'
user:⟦jo@example.com⟧
⟦jo@⏎example.com⟧
mail ⟦jo.doe@⏎  example.com⟧ today
""".strip()
