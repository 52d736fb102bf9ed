# ruff: noqa: E501 - a text is easier to read in one piece
"""Secrets, all made up. The sign ¦ is left out: it keeps scanners from crying wolf over this file;
⏎ is a line break."""

SECRETS = r"""
⟦sk-¦abcdefghijklmnop1234⟧
⟦sk-¦proj-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6⟧
⟦sk-¦svcacct-a1B2c3D4e5F6g7H8i9J0⟧
⟦sk-¦ant-api03-a1B2c3D4e5F6g7H8-i9J0k1L2m3N4o5P6⟧
⟦sk_¦live_a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦sk_¦test_a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦rk_¦live_a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦pk_¦live_a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦whsec_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4⟧
⟦ghp_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦gho_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦ghs_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦ghu_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦ghr_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦github_¦pat_11ABCDEFG0a1B2c3D4e5F6_g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H4i5J6k⟧
⟦glpat-¦a1B2c3D4e5F6g7H8i9J0⟧
⟦gldt-¦a1B2c3D4e5F6g7H8i9J0⟧
⟦xoxb-¦123456789012-123456789012-a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦xoxp-¦123456789012-123456789012-123456789012-a1b2c3d4e5f6⟧
⟦xapp-¦1-A0123456789-1234567890123-a1b2c3d4e5f6a1b2c3d4e5f6⟧
⟦https://hooks.slack.com/services/¦T00000000/B00000000/a1B2c3D4e5F6g7H8i9J0k1L2⟧
⟦AIza¦SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q⟧
⟦GOCSPX-¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4⟧
⟦ya29.¦a0AfB_byC1d2E3f4G5h6I7j8K9l0M1n2O3⟧
⟦AKIA¦IOSFODNN7EXAMPLE⟧
⟦ASIA¦IOSFODNN7EXAMPLE⟧
aws_secret_access_key = ⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧
AWS_SECRET_ACCESS_KEY=⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧
"SecretAccessKey": "⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧"
⟦npm_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦pypi-¦AgEIcHlwaS5vcmcCJGExYjJjM2Q0LWU1ZjYtN2c4aC05aTBq⟧
⟦hf_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7⟧
⟦SG.¦a1B2c3D4e5F6g7H8i9J0k1.a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V⟧
⟦key-¦0123456789abcdef0123456789abcdef⟧
⟦0123456789abcdef0123456789abcdef-¦us12⟧
⟦AC¦0123456789abcdef0123456789abcdef⟧
⟦SK¦0123456789abcdef0123456789abcdef⟧
⟦123456789:¦AAF-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P⟧
⟦shpat_¦0123456789abcdef0123456789abcdef⟧
⟦dop_v1_¦0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef⟧
⟦hvs.¦CAESIJa1B2c3D4e5F6g7H8i9J0k1L2m3N4⟧
⟦glsa_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6_0a1b2c3d⟧
⟦dckr_pat_¦a1B2c3D4e5F6g7H8i9J0k1L2m3⟧
⟦lin_api_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0⟧
⟦figd_¦a1B2c3D4-e5F6g7H8i9J0k1L2m3N4o5P6q7R8⟧
⟦gsk_¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4⟧
⟦pplx-¦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0⟧
⟦MTIzNDU2Nzg5MDEyMzQ1Njc4¦.GaBcDe.a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5⟧
⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.abcdefghij⟧
⟦eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTYifQ.⟧
Authorization: ⟦Bearer abcdefghijklmnopqrstuvwxyz⟧
authorization: ⟦bearer abcdefghijklmnopqrstuvwxyz⟧
⟦bearer a1b2c3d4e5f6g7h8i9j0⟧
⟦BEARER a1b2c3d4e5f6g7h8i9j0⟧
-H "Authorization: ⟦Bearer a1b2c3d4.e5f6-g7h8_i9j0⟧"
Authorization: ⟦Basic dXNlcjpwYXNz⟧
⟦basic dXNlcjpodW50ZXIy⟧
Authorization: ⟦Token 9944b09199c62bcf9418ad846dd0e4bb⟧
Proxy-Authorization: ⟦Basic dXNlcjpwYXNz⟧
X-Api-Key: ⟦9944b09199c62bcf⟧
x-auth-token: ⟦9944b09199c62bcf9418ad84⟧
password=⟦hunter2⟧
password=⟦hunter2⟧&user=jo
PASSWORD=⟦hunter2⟧
password: ⟦hunter2⟧
Password : ⟦Tr0ub4dor&3⟧
passwd: ⟦hunter2⟧
pwd is ⟦hunter2⟧
pwd=⟦hunter2⟧;
pass: ⟦hunter2⟧
my password is ⟦hunter2⟧.
the password was ⟦P@ssw0rd!⟧
My password is "⟦swordfish⟧"
Passwort: ⟦geheim99⟧
Kennwort: ⟦Sommer2026!⟧
mot de passe : ⟦soleil99⟧
contraseña: ⟦perro123⟧
senha: ⟦gato1234⟧
passphrase: "⟦correct horse battery staple⟧"
{"password":"⟦hunter2⟧"}
{"user":"jo","password": "⟦hunter two⟧"}
{\"password\": \"⟦hunter2⟧\"}
password='⟦hunter2⟧'
DB_PASSWORD=⟦s3cr3t-pw⟧
dbPassword: "⟦s3cr3t-pw⟧"
<password>⟦hunter2⟧</password>
--password ⟦hunter2⟧
--token=⟦a1b2c3d4e5f6⟧
curl -u ⟦jo:hunter2⟧ https://example.com
api_key=⟦a1b2c3d4e5f6g7h8⟧
api-key: ⟦a1b2c3d4e5f6g7h8⟧
apiKey: "⟦a1b2c3d4e5f6g7h8⟧"
API key is ⟦a1b2c3d4e5f6g7h8⟧
my api key ⟦9f8a7b6c5d4e3f2a1b0c9d8e⟧
client_secret=⟦a1b2c3d4e5f6⟧
"client_secret": "⟦a1B2c3D4e5F6⟧"
secret: ⟦a1b2c3d4e5f6⟧
token: ⟦a1b2c3d4e5f6g7h8⟧
access_token=⟦a1b2c3d4e5f6⟧&scope=all
https://example.com/cb?access_token=⟦a1b2c3d4e5f6⟧
https://example.com/x?sig=⟦a1B2c3D4e5F6g7H8⟧&se=1
https://⟦jo:hunter2⟧@example.com/x
postgres://⟦app:s3cr3t⟧@db.example.com:5432/app
postgresql://⟦app:p@ss⟧@db.example.com/app
mongodb+srv://⟦app:s3cr3t⟧@cluster0.example.net
redis://⟦:s3cr3t⟧@cache.example.com:6379/0
ftp://⟦jo:hunter2⟧@ftp.example.com
https://⟦a1b2c3d4e5f6g7h8i9j0⟧@git.example.com/x.git
AccountKey=⟦a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2==⟧;EndpointSuffix=core
Server=db;User Id=sa;Password=⟦S3cr3t!⟧;
Cookie: ⟦session=a1b2c3d4e5f6⟧
Set-Cookie: ⟦sid=a1b2c3d4e5f6; Path=/; HttpOnly⟧
PHPSESSID=⟦a1b2c3d4e5f6g7h8⟧
sessionid=⟦a1b2c3d4e5f6g7h8⟧
⟦-----BEGIN ¦RSA PRIVATE KEY-----⏎MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI⏎-----END ¦RSA PRIVATE KEY-----⟧
⟦-----BEGIN ¦OPENSSH PRIVATE KEY-----⏎b3BlbnNzaC1rZXktdjEAAAAABG5vbmU⏎-----END ¦OPENSSH PRIVATE KEY-----⟧
⟦-----BEGIN ¦PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n-----END ¦PRIVATE KEY-----⟧
⟦-----BEGIN ¦PGP PRIVATE KEY BLOCK-----⏎lQdGBGA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7⏎-----END ¦PGP PRIVATE KEY BLOCK-----⟧
⟦ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGa1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1⟧
my PIN is ⟦4821⟧
PIN: ⟦4821⟧
the verification code is ⟦482913⟧
OTP ⟦482913⟧
2FA code: ⟦482 913⟧
CVV ⟦123⟧
⟦sk-¦abcd​efghijklmnop1234⟧
password%3D⟦hunter2⟧
password&#61;⟦hunter2⟧
""".strip()
