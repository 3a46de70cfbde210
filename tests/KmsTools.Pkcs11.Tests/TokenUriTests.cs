using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Tests;

public sealed class TokenUriTests
{
    private static readonly string Root = OperatingSystem.IsWindows() ? "C:/" : "/";

    [Fact]
    public void Parse_AllThatNamesAToken_IsRead()
    {
        using HsmUri uri = TokenUri.Parse(
            "pkcs11:token=My%20token;serial=0001;manufacturer=Snake%20Oil;model=v1;slot-id=18446744073709551615;slot-description=Slot%20A;slot-manufacturer=SM;"
            + $"library-manufacturer=LM;library-description=LD;library-version=3.10?module-path={Root}lib/p11.so&pin-source=file:{(OperatingSystem.IsWindows() ? "/" : "")}{Root}run/pin&x-vendor=1&x-vendor=2");
        Assert.Equal(
            new TokenSelector
            {
                Label = "My token",
                SerialNumber = "0001",
                Manufacturer = "Snake Oil",
                Model = "v1",
                SlotId = ulong.MaxValue,
                SlotDescription = "Slot A",
                SlotManufacturer = "SM",
                LibraryManufacturer = "LM",
                LibraryDescription = "LD",
                LibraryVersion = (3, 10),
            },
            uri.Token);
        Assert.Equal(($"{Root}lib/p11.so", $"{Root}run/pin", null), (uri.Library, uri.PinFile, uri.Pin));
    }

    [Theory]
    [InlineData("pkcs11:", null)]
    [InlineData("pkcs11:?", null)]
    [InlineData("PKCS11:token=a", "a")]
    [InlineData("Pkcs11:token=a?", "a")]
    [InlineData("pkcs11:token=", "")]
    [InlineData("pkcs11:token=a%3Bb%2Fc%20%C3%A9%F0%9F%94%91", "a;b/c é🔑")]
    [InlineData("pkcs11:token=%20a%20%20", " a")]
    [InlineData("pkcs11:token=a&b:[c]@!$'()*+,d=e", "a&b:[c]@!$'()*+,d=e")]
    [InlineData("pkcs11:token=12345678901234567890123456789012", "12345678901234567890123456789012")]
    public void Parse_Label_IsDecoded(string uri, string? label)
    {
        using HsmUri read = TokenUri.Parse(uri);
        Assert.Equal((label, null), (read.Token.Label, read.Library));
    }

    [Theory]
    [InlineData("token=a", "it does not begin with 'pkcs11:'")]
    [InlineData("<pkcs11:token=a>", "it does not begin with 'pkcs11:'")]
    [InlineData("pkcs11:token=my token", "it has a blank. In values a blank is written %20")]
    [InlineData("pkcs11:token=a\n", "it has a blank. In values a blank is written %20")]
    [InlineData("pkcs11:token=a;", "an attribute is not of the form name=value")]
    [InlineData("pkcs11:token", "an attribute is not of the form name=value")]
    [InlineData("pkcs11:=a", "an attribute is not of the form name=value")]
    [InlineData("pkcs11:token=a;token=b", "duplicate attribute token found in the path component")]
    [InlineData("pkcs11:token=é", "the value of token has a character that must be percent-encoded")]
    [InlineData("pkcs11:token=a#b", "value of token attribute contains invalid character")]
    [InlineData("pkcs11:token=a/b", "value of token attribute contains invalid character")]
    [InlineData("pkcs11:token=a%4", "the value of token has a '%' without two hexadecimal digits after it")]
    [InlineData("pkcs11:token=%", "the value of token has a '%' without two hexadecimal digits after it")]
    [InlineData("pkcs11:token=%4g", "the value of token has a '%' without two hexadecimal digits after it")]
    [InlineData("pkcs11:token=%FF", "the value of token is not UTF-8")]
    [InlineData("pkcs11:token=a%00", "the value of token has a zero byte")]
    [InlineData("pkcs11:token=123456789012345678901234567890123", "value of token attribute exceeds the maximum allowed length")]
    [InlineData("pkcs11:object=a", "the attribute 'object' names an object in a token. A URI of an HSM names the token alone")]
    [InlineData("pkcs11:id=%01", "the attribute 'id' names an object in a token. A URI of an HSM names the token alone")]
    [InlineData("pkcs11:type=public", "the attribute 'type' names an object in a token. A URI of an HSM names the token alone")]
    [InlineData(
        "pkcs11:token=a;module-path=/a",
        "the attribute 'module-path' stands before the '?', where token and slot are named. It belongs after the '?'")]
    [InlineData(
        "pkcs11:?token=a",
        "the attribute 'token' stands after the '?'. It belongs before it, and a ';' separates the attributes there")]
    [InlineData("pkcs11:slot-id=", "the value of slot-id is not a decimal number")]
    [InlineData("pkcs11:slot-id=+1", "the value of slot-id is not a decimal number")]
    [InlineData("pkcs11:slot-id=0x1", "the value of slot-id is not a decimal number")]
    [InlineData("pkcs11:slot-id=18446744073709551616", "invalid value of slot-id attribute")]
    [InlineData("pkcs11:library-version=a", "the value of library-version is not of the form 2 or 2.6")]
    [InlineData("pkcs11:library-version=2.", "the value of library-version is not of the form 2 or 2.6")]
    [InlineData("pkcs11:library-version=2.6.1", "the value of library-version is not of the form 2 or 2.6")]
    [InlineData("pkcs11:library-version=256", "the value of library-version is not of the form 2 or 2.6")]
    [InlineData("pkcs11:library-version=1.256", "the value of library-version is not of the form 2 or 2.6")]
    [InlineData("pkcs11:?module-path=lib/p11.so", "module-path is not a full path")]
    [InlineData("pkcs11:?module-path=/a&module-path=/b", "it has the attribute 'module-path' twice")]
    [InlineData("pkcs11:?pin-value=1234567&pin-value=1234567", "it has the attribute 'pin-value' twice")]
    [InlineData("pkcs11:?pin-value=1234567&pin-source=/a", "it has both pin-source and pin-value")]
    [InlineData("pkcs11:?pin-value=", "the value of pin-value is empty")]
    [InlineData("pkcs11:?pin-source=", "the value of pin-source is empty")]
    [InlineData("pkcs11:?pin-source=pin", "pin-source is not the full path of a file, as file:/path or /path")]
    [InlineData("pkcs11:?pin-source=file:pin", "pin-source is not the full path of a file, as file:/path or /path")]
    [InlineData("pkcs11:?pin-source=file://host/pin", "pin-source names a file of another machine")]
    [InlineData(
        "pkcs11:?pin-source=%7C/bin/echo",
        "pin-source names a command, which is not run. It must name a file: pin-source=file:/path")]
    [InlineData("pkcs11:?pin-source=https://example.com/pin", "pin-source is not the full path of a file, as file:/path or /path")]
    public void Parse_WhatTheRfcDoesNotAllow_IsRefused(string uri, string reason) =>
        Assert.Equal($"The PKCS#11 URI is not valid: {reason}.", Assert.Throws<ArgumentException>(() => TokenUri.Parse(uri)).Message);

    [Theory]
    [InlineData("Token", "Token")]
    [InlineData("tokens", "tokens")]
    [InlineData("x-vendor", "x-vendor")]
    [InlineData("pin%2Dvalue", "?")]
    public void Parse_UnknownPathAttribute_IsRefusedByName(string name, string shown) =>
        Assert.StartsWith(
            $"The PKCS#11 URI is not valid: it has an attribute that is not known, '{shown}'. There are: token, serial, manufacturer, ",
            Assert.Throws<ArgumentException>(() => TokenUri.Parse($"pkcs11:{name}=s3cretPin")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_UnknownQueryAttribute_IsIgnored()
    {
        using HsmUri uri = TokenUri.Parse("pkcs11:token=a?x-muppet=kermit&unheard-of=");
        Assert.Equal(("a", null), (uri.Token.Label, uri.Library));
    }

    [Theory]
    [InlineData("2", 2, 0)]
    [InlineData("2.6", 2, 6)]
    [InlineData("2.06", 2, 6)]
    [InlineData("0.255", 0, 255)]
    [InlineData("255.0", 255, 0)]
    public void Parse_LibraryVersion_IsTwoBytes(string version, byte major, byte minor)
    {
        using HsmUri uri = TokenUri.Parse($"pkcs11:library-version={version}");
        Assert.Equal((major, minor), uri.Token.LibraryVersion);
    }

    [Theory]
    [InlineData("/run/pin", "/run/pin")]
    [InlineData("file:/run/pin", "/run/pin")]
    [InlineData("FILE:///run/pin", "/run/pin")]
    [InlineData("file://localhost/run/pin", "/run/pin")]
    [InlineData("file:/run/my%2520pin", "/run/my pin")]
    [InlineData("file:/run/my%20pin", "/run/my pin")]
    [InlineData("/run/100%2525", "/run/100%25")]
    public void Parse_PinSource_IsAFile(string source, string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of Unix.");
        using HsmUri uri = TokenUri.Parse($"pkcs11:?pin-source={source}");
        Assert.Equal(file, uri.PinFile);
    }

    [Fact]
    public void Parse_PinValue_IsASecret()
    {
        using HsmUri uri = TokenUri.Parse("pkcs11:token=a?pin-value=%C3%A4b%26c=d");
        Assert.Equal("äb&c=d", uri.Pin!.Use(static pin => Encoding.UTF8.GetString(pin)));
        Assert.DoesNotContain("b&c", uri.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkcs11:token=a?pin-value=s3cretPin%")]
    [InlineData("pkcs11:token=a?pin-value=s3cretPin&pin-value=s3cretPin")]
    [InlineData("pkcs11:token=a?pin-value=s3cretPin&pin-source=/a")]
    [InlineData("pkcs11:token=a;pin-value=s3cretPin")]
    [InlineData("pkcs11:token=a;s3cretPin=pin-value")]
    [InlineData("pkcs11:token=a?pin-value=s3cretPin\u00e9")]
    [InlineData("pkcs11:token=a?pin-value=s3cretPin b")]
    [InlineData("pkcs11:token=a b?pin-value=s3cretPin")]
    [InlineData("pkcs11:token=%?pin-value=s3cretPin")]
    [InlineData("s3cretPin")]
    public void Parse_WrongUri_DoesNotTellThePin(string uri)
    {
        string all = Assert.Throws<ArgumentException>(() => TokenUri.Parse(uri)).ToString();
        Assert.True(!all.Contains("s3cretPin", StringComparison.Ordinal) || uri.Contains(";s3cretPin=", StringComparison.Ordinal), all);
    }

    [Fact]
    public void Parse_ParametersOfALibrary_FollowItsPath()
    {
        using HsmUri uri = TokenUri.Parse($"pkcs11:token=a?module-path={Root}lib/nss.so&x-kmstools-parameters=configdir%3D'sql:/a'%20b");
        Assert.Equal($"{Root}lib/nss.so|configdir='sql:/a' b", uri.Library);
        Assert.Equal(
            "The PKCS#11 URI is not valid: module-path has a '|'. Parameters of a library stand in x-kmstools-parameters.",
            Assert.Throws<ArgumentException>(() => TokenUri.Parse($"pkcs11:?module-path={Root}lib/nss.so%7Ca")).Message);
    }

    [Fact]
    public void Parse_ModuleName_IsFoundInItsFolder()
    {
        string folder = Directory.CreateTempSubdirectory("kmstools-modules-").FullName;
        try
        {
            string library = Path.Combine(folder, "libMyP11.so");
            File.WriteAllText(library, "");
            using HsmUri byFolder = TokenUri.Parse($"pkcs11:token=a?module-path={folder}&module-name=myp11");
            using HsmUri byPath = TokenUri.Parse($"pkcs11:token=a?module-path={library}&module-name=MYP11");
            Assert.Equal((library, library), (byFolder.Library, byPath.Library));
            Assert.Equal(
                $"No PKCS#11 library 'p11' is in {folder}. Give its full path as module-path.",
                Assert.Throws<ArgumentException>(() => TokenUri.Parse($"pkcs11:?module-path={folder}&module-name=p11")).Message);
            Assert.Equal(
                $"The PKCS#11 URI is not valid: module-path is {library}, which is neither a folder nor named 'p11'.",
                Assert.Throws<ArgumentException>(() => TokenUri.Parse($"pkcs11:?module-path={library}&module-name=p11")).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Parse_ModuleNameAlone_IsFoundWhereSystemsPutModules()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/softhsm/libsofthsm2.so"), "SoftHSM is not where Debian puts it.");
        using HsmUri uri = TokenUri.Parse("pkcs11:?module-name=SoftHSM2");
        Assert.EndsWith("/softhsm/libsofthsm2.so", uri.Library, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TokenUri.Parse("pkcs11:?module-name=../softhsm2"));
        Assert.Throws<ArgumentException>(() => TokenUri.Parse("pkcs11:?module-name="));
    }

    [Theory]
    [InlineData("lab", "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=0001;token=lab?module-path=/lib/p11.so")]
    [InlineData("a;b/c é🔑 '?&=%", "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=0001;token=a%3Bb%2Fc%20%C3%A9%F0%9F%94%91%20%27%3F%26%3D%25?module-path=/lib/p11.so")]
    public void Of_AToken_IsReadBack(string label, string expected)
    {
        HsmToken token = new(label, "0001", null, "SoftHSM project", "SoftHSM v2");
        string text = HsmUri.Of("/lib/p11.so", token);
        Assert.Equal(expected, text);
        Pkcs11Uri theirs = new(text);
        Assert.Equal(
            (label, "0001", "SoftHSM project", "SoftHSM v2", "/lib/p11.so"),
            (theirs.Token, theirs.Serial, theirs.Manufacturer, theirs.Model, theirs.ModulePath));
        if (!OperatingSystem.IsWindows())
        {
            using HsmUri ours = TokenUri.Parse(text);
            Assert.Equal(
                new TokenSelector { Label = label, SerialNumber = "0001", Manufacturer = "SoftHSM project", Model = "SoftHSM v2" },
                ours.Token);
        }
    }

    [Fact]
    public void Of_WhatIsNotKnown_IsLeftOut()
    {
        Assert.Equal("pkcs11:token=lab?module-path=/lib/p11.so", HsmUri.Of("/lib/p11.so", new HsmToken("lab", "")));
        Assert.Equal(
            "pkcs11:serial=1;token=lab?module-path=/lib/p11.so&x-kmstools-parameters=configdir%3D%27sql:/a%27", HsmUri.Of(
                "/lib/p11.so|configdir='sql:/a'",
                new HsmToken("lab", "1")));
    }

    // Why URIs are written here and not by Pkcs11UriBuilder: it encodes each half of a surrogate pair alone.
    [Fact]
    public void Pkcs11UriBuilder_CharacterBeyondTheFirstPlane_IsLost() =>
        Assert.Equal("pkcs11:token=%EF%BF%BD%EF%BF%BD", new Pkcs11UriBuilder { Token = "🔑" }.ToString());

    [Theory]
    [InlineData("pkcs11:token=a?pin-value=1234567", "pkcs11:token=a")]
    [InlineData("pkcs11:token=a?PIN-VALUE=1234567&module-path=/a", "pkcs11:token=a?module-path=/a")]
    [InlineData("pkcs11:token=a?module-path=/a&pin-value=1234567&x=y", "pkcs11:token=a?module-path=/a&x=y")]
    [InlineData("pkcs11:token=a?module-path=/a&pin-value=1234567", "pkcs11:token=a?module-path=/a")]
    [InlineData("pkcs11:token=a?module-path=/a&pin-source=/pin", "pkcs11:token=a?module-path=/a&pin-source=/pin")]
    [InlineData("pkcs11:pin-value=12;34567;token=a", "pkcs11")]
    [InlineData("pkcs11:token=a?pin%2Dvalue=1234567", "pkcs11:")]
    public void WithoutPin_AnyText_HasNone(string uri, string shown) => Assert.Equal(shown, HsmUri.WithoutPin(uri));

    [Theory]
    [InlineData("pkcs11:token=lab;object=a%3Bb;id=%0a;type=secret-key?module-path=/a;object=b", "pkcs11:token=lab?module-path=/a;object=b")]
    [InlineData("PKCS11:object=x;serial=1;objects=y", "PKCS11:serial=1;objects=y")]
    [InlineData("pkcs11:object=x", "pkcs11:")]
    [InlineData("pkcs11:token=lab?module-path=/a", "pkcs11:token=lab?module-path=/a")]
    [InlineData("object=x", "object=x")]
    public void WithoutKey_AnyText_NamesTheToken(string uri, string token) => Assert.Equal(token, HsmUri.WithoutKey(uri));
}
