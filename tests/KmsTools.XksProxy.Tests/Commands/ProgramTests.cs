using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy.Commands;

/// <summary>The commands of the program, with their output, their errors and their exit codes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProgramTests(ProgramLab lab) : IClassFixture<ProgramLab>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("'--configuraton' is not understood. Did you mean --configuration?", "--configuraton", "x")]
    [InlineData("check needs --configuration.", "check", "--offline")]
    [InlineData("--offline belongs to check.", "--offline", "--configuration", "x")]
    [InlineData("'chek' is not understood. Did you mean check?", "chek")]
    [InlineData("new-credential needs --secret-file.", "new-credential")]
    [InlineData("new-key needs --label.", "new-key", "--configuration", "x")]
    [InlineData("new-key needs --library or --uri.", "new-key", "--label", "x")]
    [InlineData("new-key needs the label of the token, or --uri.", "new-key", "--label", "x", "--library", "y")]
    [InlineData("--uri and --serial exclude each other.", "new-key", "--label", "x", "--uri", "pkcs11:", "--serial", "1")]
    [InlineData("--pin-file and --pin-from-input exclude each other.", "new-key", "--label", "x", "--uri", "pkcs11:", "--pin-file", "p", "--pin-from-input")]
    [InlineData("--configuration names the token with its library and its PIN. Leave --library out.", "new-key", "--label", "x", "--configuration", "c", "--library", "y")]
    [InlineData("--certificate-key needs --certificate.", "new-configuration", "--configuration", "c", "--region", "us-east-1", "--uri", "pkcs11:", "--certificate-key", "k")]
    public async Task Arguments_ThatAreWrong_AreRefusedInOneSentence(string message, params string[] arguments)
    {
        (int exitCode, string output, string errors) = await ProgramLab.RunAsync(arguments);
        Assert.Equal((2, "", message), (exitCode, output, errors.Split('\n')[0]));
    }

    [Fact]
    public async Task NewCredential_Twice_WritesOnceForItsOwnerOnly()
    {
        string file = lab.In("made.secret");
        (int exitCode, string output, _) = await ProgramLab.RunAsync("new-credential", "--secret-file", file);
        Assert.Equal(0, exitCode);
        Assert.Matches($@"^- accessKeyId: [A-Z2-7]{{20}}\n  secretFrom:\n    file: {Regex.Escape(file)}\n\z", output);
        string secret = await File.ReadAllTextAsync(file, Cancellation);
        Assert.Equal(32, Convert.FromBase64String(secret).Length);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));

        Assert.Equal(
            (1, "", $"'{file}' exists already, and is not overwritten. Name another file, or remove this one first.\n"),
            await ProgramLab.RunAsync("new-credential", "--secret-file", file));
        Assert.Equal(secret, await File.ReadAllTextAsync(file, Cancellation));
        Assert.Equal(
            (1, "", $"The folder of '{lab.In("none/x")}' does not exist. Make it first.\n"),
            await ProgramLab.RunAsync("new-credential", "--secret-file", lab.In("none/x")));
    }

    [Fact]
    public async Task ConsoleFile_OfAKeyStore_IsWhatTheConsoleTakes()
    {
        string configuration = await lab.NewConfigurationAsync("console.yaml", "", "--prefix", "/example/one");
        Assert.Equal(
            (0, "", ""), await ProgramLab.RunAsync("console-file", "--configuration", configuration, "--output", lab.In("console.json")));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(lab.In("console.json")));
        JsonNode content = JsonNode.Parse(await File.ReadAllTextAsync(lab.In("console.json"), Cancellation))!;
        Assert.Equal(["XksProxyUriPath", "XksProxyAuthenticationCredential"], content.AsObject().Select(static member => member.Key));
        Assert.Equal("/example/one/kms/xks/v1", (string?)content["XksProxyUriPath"]);
        Assert.Matches("^[A-Z2-7]{20}$", (string?)content["XksProxyAuthenticationCredential"]!["AccessKeyId"]);
        Assert.Equal(
            await File.ReadAllTextAsync(lab.In("console.secret"), Cancellation),
            (string?)content["XksProxyAuthenticationCredential"]!["RawSecretAccessKey"]);

        Assert.Equal(
            (1, "", "There is no key store 'consol'. Did you mean 'console'?\n"),
            await ProgramLab.RunAsync("console-file", "--configuration", configuration, "--output", lab.In("x.json"), "--key-store", "consol"));
        Assert.False(File.Exists(lab.In("x.json")));
    }

    [Fact]
    public async Task NewKey_InAToken_NeverLeavesIt()
    {
        string configuration = await lab.NewConfigurationAsync("key.yaml");
        (int exitCode, string output, string errors) = await ProgramLab.RunAsync(
            "new-key", "--configuration", configuration, "--label", "new key", "--cka-id", "0A0b");
        Assert.True(exitCode == 0, errors);
        string[] lines = output.Split('\n');
        Assert.Equal(["label: new key", "ckaId: 0a0b", $"token: {lab.TokenLabel}"], lines[..3]);
        Assert.EndsWith($";object=new%20key;id=%0a%0b;type=secret-key?module-path={lab.Hsm.Library}", lines[4], StringComparison.Ordinal);
        Assert.Equal([$"library: {lab.Hsm.Library}", ""], lines[5..]);

        // As the second binding of the tests sees it.
        byte[] id = [0x0a, 0x0b];
        using OtherSoftware owner = lab.Hsm.StartOther();
        Assert.Equal(("new key", 32UL), (owner.Label(id), owner.Read(id, CKA_VALUE_LEN).GetValueAsUlong()));
        CKA[] needed = [CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ENCRYPT, CKA_DECRYPT, CKA_NEVER_EXTRACTABLE, CKA_LOCAL];
        Assert.All(needed, attribute => Assert.True(owner.Flag(id, attribute), attribute.ToString()));
        Assert.All([CKA_EXTRACTABLE, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE], attribute => Assert.False(owner.Flag(id, attribute), attribute.ToString()));
        Assert.Equal(CKR_ATTRIBUTE_SENSITIVE, owner.ReadValue(id));

        Assert.Equal(
            (1, "", $"The token '{lab.TokenLabel}' has a key with the label 'new key' already. Nothing was made.\n"),
            await ProgramLab.RunAsync("new-key", "--configuration", configuration, "--label", "new key"));
        Assert.Equal(
            (1, "", $"The token '{lab.TokenLabel}' has a key with the CKA_ID 0a0b already. Nothing was made.\n"),
            await ProgramLab.RunAsync("new-key", "--configuration", configuration, "--label", "another", "--cka-id", "0a0b"));
        Assert.Equal(
            (1, "", "'0x1' is not a CKA_ID: write its bytes in hexadecimal digits, as in 01ab.\n"),
            await ProgramLab.RunAsync("new-key", "--configuration", configuration, "--label", "another", "--cka-id", "0x1"));
        Assert.Equal(
            (1, "", $"No token of the configuration is called 'x'.\n"),
            await ProgramLab.RunAsync("new-key", "--configuration", configuration, "--label", "another", "--token", "x"));
    }

    [Fact]
    public async Task NewKey_SerialNumber_SelectsTheToken()
    {
        string configuration = await lab.NewConfigurationAsync("serial.yaml");
        (_, string output, _) = await ProgramLab.RunAsync("new-key", "--configuration", configuration, "--label", "before");
        string serial = output.Split('\n')[3]["serial: ".Length..];
        string[] token = ["--library", lab.Hsm.Library, "--token", lab.TokenLabel, "--pin-file", lab.In("pin"), "--serial"];

        (int exitCode, _, string errors) = await ProgramLab.RunAsync(["new-key", "--label", "here", .. token, serial]);
        Assert.True(exitCode == 0, errors);
        (exitCode, _, errors) = await ProgramLab.RunAsync(["new-key", "--label", "there", .. token, "0123456789abcdef"]);
        Assert.Equal(
            (1, $"'{lab.Hsm.Library}' has no token with the label '{lab.TokenLabel}', serial number '0123456789abcdef'.\n"),
            (exitCode, errors));
        await ProgramLab.RunAsync(
            ["new-configuration", "--configuration", lab.In("other.yaml"), "--region", "us-east-1", .. token, "0123456789012345"]);
        Assert.Contains(
            $"    label: {lab.TokenLabel}\n    serial: \"0123456789012345\"\n",
            await File.ReadAllTextAsync(lab.In("other.yaml"), Cancellation),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewConfiguration_ThatFails_LeavesNothing()
    {
        (int exitCode, _, string errors) = await ProgramLab.RunAsync(
            "new-configuration", "--configuration", lab.In("bad.yaml"), "--library", lab.Hsm.Library, "--token", lab.TokenLabel, "--pin-file",
            lab.In("pin"), "--region", "us-east-1", "--prefix", "no slash", "--host-name", "xks.example.com");
        Assert.Equal(1, exitCode);
        Assert.Contains("'no slash' is not a prefix", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(lab.Folder, "bad.*"));

        string good = await lab.NewConfigurationAsync("twice.yaml");
        string before = await File.ReadAllTextAsync(good, Cancellation);
        (exitCode, _, errors) = await ProgramLab.RunAsync(
            "new-configuration", "--configuration", good, "--library", lab.Hsm.Library, "--token", lab.TokenLabel, "--pin-file", lab.In("pin"),
            "--region", "us-east-1");
        Assert.Equal((1, $"'{good}' exists already, and is not overwritten. Name another file, or remove this one first.\n"), (exitCode, errors));
        Assert.Equal(before, await File.ReadAllTextAsync(good, Cancellation));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(good));
    }

    [Fact]
    public async Task NewConfiguration_WithAHostName_MakesACertificateThatIsServed()
    {
        string file = await lab.NewConfigurationAsync("https.yaml", "", "--host-name", "xks.example.com");
        ProxyConfiguration configuration = ProxyConfiguration.Read(file);
        Assert.Equal((lab.In("https.crt"), lab.In("https.key")), (configuration.Settings.Tls!.CertificatePath, configuration.Settings.Tls.KeyPath));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(lab.In("https.key")));
        Assert.Equal((0, ""), await ResultAsync("check", "--configuration", file, "--offline"));
        (int exitCode, _, string errors) = await ProgramLab.RunAsync(
            "new-configuration", "--configuration", lab.In("name.yaml"), "--library", lab.Hsm.Library, "--token", lab.TokenLabel, "--pin-file",
            lab.In("pin"), "--region", "us-east-1", "--host-name", "10.0.0.1");
        Assert.Equal((1, "'10.0.0.1' is not a host name, such as xks.example.com.\n"), (exitCode, errors));
    }

    [Fact]
    public async Task Check_WithTheTokens_FindsWhatIsMissingThere()
    {
        string good = await lab.NewConfigurationAsync("check.yaml");
        Assert.Equal(
            (0, $"'{good}' can be used: 1 token, 1 key store, 1 key.\n", ""), await ProgramLab.RunAsync("check", "--configuration", good));

        string text = await File.ReadAllTextAsync(good, Cancellation);
        string bad = lab.Write("missing.yaml", text.Replace("label: orders", "label: odrers", StringComparison.Ordinal)
            .Replace($"label: {lab.TokenLabel}", $"label: {lab.TokenLabel}\n    healthKey: {{ label: nobody }}", StringComparison.Ordinal));
        Assert.Equal(
            (1, "",
                $"The health key of the token '{lab.TokenLabel}' cannot be used: The token '{lab.TokenLabel}' holds no key with label 'nobody'.\n"
                + $"The key 'orders' of the key store 'check' cannot be used: The token '{lab.TokenLabel}' holds no key with label 'odrers'.\n"),
            await ProgramLab.RunAsync("check", "--configuration", bad));
        Assert.Equal((0, ""), await ResultAsync("check", "--configuration", bad, "--offline"));

        string lost = lab.Write("lost.yaml", text.Replace($"label: {lab.TokenLabel}", "label: elsewhere", StringComparison.Ordinal));
        Assert.Equal(
            (1, $"The token '{lab.TokenLabel}' cannot be used: '{lab.Hsm.Library}' has no token with the label 'elsewhere'.\n"),
            await ResultAsync("check", "--configuration", lost));
        string file = lab.Write("certificate.yaml", $"tls: {{ certificate: {lab.Certificates.Path("chain.pem")} }}\n" + text);
        Assert.Equal(
            (1, $"'{lab.Certificates.Path("chain.pem")}' has no private key. Name the file of its key as 'key' of 'tls'.\n"),
            await ResultAsync("check", "--configuration", file, "--offline"));
    }

    [Fact]
    public async Task Schema_Command_PrintsIt() => Assert.Equal((0, ProxyConfiguration.Schema, ""), await ProgramLab.RunAsync("schema"));

    private static async Task<(int ExitCode, string Errors)> ResultAsync(params string[] arguments)
    {
        (int exitCode, _, string errors) = await ProgramLab.RunAsync(arguments);
        return (exitCode, errors);
    }
}
