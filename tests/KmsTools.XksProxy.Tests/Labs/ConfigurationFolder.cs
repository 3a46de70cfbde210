using KmsTools.XksProxy.Configuration;

namespace KmsTools.XksProxy.Labs;

/// <summary>A folder with what a configuration names: a library, a PIN and secrets.</summary>
public sealed class ConfigurationFolder : IDisposable
{
    public const string AccessKeyId = "AAAAABBBBBCCCCCDDDDD";

    /// <summary>A configuration that can be used, from its third line on.</summary>
    public const string Good = """
        tokens:
          - name: lab
            library: library.so
            label: lab
            pinFrom: { file: pin }
            healthKey: { label: health }
        keyStores:
          - name: orders
            prefix: /orders
            regions: [us-east-1]
            credentials:
              - accessKeyId: AAAAABBBBBCCCCCDDDDD
                secretFrom: { file: secret }
            keys:
              - id: one
                token: lab
                label: one

        """;

    /// <summary>A configuration with every member.</summary>
    public const string Everything = """
        version: 1
        address: 127.0.0.2
        port: 8443
        tls: { certificate: cert.pem, key: key.pem, clientAuthorities: cas.pem, clientNames: [cks.kms.us-east-1.amazonaws.com] }
        metrics: "[::1]:9464"
        logFile: proxy.log
        fleetSize: 3
        stopDelaySeconds: 7
        limits: { plaintextBytes: 4300, additionalAuthenticatedDataBytes: 65535, connections: 9 }
        tokens:
          - name: first
            library: library.so|configdir=here
            label: lab
            serial: "0001"
            pinFrom: { file: pin }
            maxSessions: 4
            sessionWaitMilliseconds: 10
            answerTimeMilliseconds: 150
            hashAdditionalAuthenticatedData: true
            hsmMakesIv: true
            healthKey: { ckaId: 0F }
          - name: second
            uri: pkcs11:token=other?module-path={folder}/library.so&pin-source=file:{folder}/pin
        keyStores:
          - name: orders
            prefix: /a-b/c_d
            regions: [us-east-1, eu-central-1]
            enabled: false
            requestsPerSecond: 1800
            credentials:
              - accessKeyId: AAAAABBBBBCCCCCDDDDD
                secretFrom: { file: secret }
                notBefore: 2026-01-01T00:00:00Z
                notAfter: 2027-01-01T02:00:00+02:00
              - accessKeyId: 22222333334444455555AAAAA
                secretFrom: { environment: KMSTOOLS_TEST_XKS_SECRET }
            keys:
              - id: one
                token: first
                label: one
                version: 2
                enabled: false
                usage: Decrypt
                former:
                  - { version: 1, token: second, uri: "pkcs11:object=old;id=%01" }
              - { id: "2", token: second, ckaId: "0aFF" }
            rules:
              - name: no decryption by others
                effect: Deny
                apis: [Decrypt]
                operations: [ReEncrypt]
                externalKeyIds: [one]
                accessKeyIds: [AAAAABBBBBCCCCCDDDDD]
                principalArns: ["arn:aws:iam::*:role/x?"]
                principalAccounts: [111122223333]
                keyArns: ["*"]
                keyAccounts: ["*"]
                keyRegions: [us-*]
                viaServices: [s3.*]
                sourceVpcs: [vpc-1]
                sourceVpcEndpoints: [vpce-1]
          - name: none
            regions: [us-east-1]
            credentials:
              - accessKeyId: BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
                secretFrom: { credential: xks.secret }

        """;

    public ConfigurationFolder()
    {
        Directory.CreateDirectory(Path);
        Write("library.so", "");
        Write("pin", "1234567\n");
        Write("secret", "u87h0RHW04N2qZ/33umHOWIP59/ekwig5RM+dUt5HLM=\n");
        Write("short", "u87h0RHW04N2qZ/33umHOWIP59/ekwig5RM+dUt5HL\n");
        Write("odd", "u87h0RHW04N2qZ/33umHOWIP59/ekwig5RM+dUt5HL!=\n");
        Write("open", "1234567\n");
        Write("empty", "\n");
        Write("cert.pem", "");
        Write("key.pem", "");
        Write("cas.pem", "");
        Write("xks.secret", "u87h0RHW04N2qZ/33umHOWIP59/ekwig5RM+dUt5HLM=");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(System.IO.Path.Combine(Path, "open"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }

        Environment.SetEnvironmentVariable("KMSTOOLS_TEST_XKS_SECRET", new string('s', 64));
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", Path);
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kmstools-xks-{Guid.NewGuid():N}");

    /// <summary>Writes a file that only its owner can read.</summary>
    public string Write(string name, string content)
    {
        string file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, content.Replace("{folder}", Path, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return file;
    }

    internal ProxyConfiguration Read(string text) => ProxyConfiguration.Read(Write("proxy.yaml", text));

    /// <summary>What is wrong with a configuration, with the folder as {folder} and without the name of the file.</summary>
    internal string Refusal(string text) => Assert.Throws<ConfigurationException>(() => Read(text)).Message
        .Replace(System.IO.Path.Combine(Path, "proxy.yaml"), "", StringComparison.Ordinal)
        .Replace(Path, "{folder}", StringComparison.Ordinal);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("KMSTOOLS_TEST_XKS_SECRET", null);
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        Directory.Delete(Path, recursive: true);
    }
}
