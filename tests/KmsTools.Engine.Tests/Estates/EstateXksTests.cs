using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>What tests of estates with external key stores have in common: a store, a scripted proxy, and parts of estates.</summary>
public abstract class EstateXksTests : IDisposable
{
    protected const string Question = "secret access key of the proxy of outside (secretFrom)";

    protected string Folder { get; } = Directory.CreateTempSubdirectory("kmstools-estate-").FullName;

    protected ScriptedProxy Scripted { get; } = new();

    /// <summary>The questions that were asked.</summary>
    protected List<string> Asked { get; } = [];

    protected KmsFixture Kms { get; }

    protected EstateXksTests()
    {
        Kms = new KmsFixture(xks: Scripted);
        Write("secret", ExternalFixture.Secret + "\n");
    }

    protected static EstateProxy Proxy => new()
    {
        Position = new(10, 7),
        UriEndpoint = At(ExternalFixture.Endpoint, 11),
        UriPath = At(ExternalFixture.UriPath, 12),
        AccessKeyId = At(ExternalFixture.AccessKeyId, 13),
    };

    protected static EstateKey Key => new()
    {
        Position = new(20, 5),
        Aliases = [At("alias/a", 21)],
        KeyStore = At("outside", 22),
        XksKeyId = At("key-1", 23),
    };

    protected EstateSecret SecretFile => new(new(14, 25), EstateSecretSource.File, Path.Combine(Folder, "secret"));

    protected EstateKeyStore Store => new()
    {
        Position = new(8, 5),
        Name = At("outside", 9),
        Proxy = Proxy with { Secret = SecretFile },
    };

    protected CustomKeyStoresListEntry Present =>
        Assert.Single(Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreName = "outside" }).CustomKeyStores);

    public void Dispose()
    {
        Kms.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static Located<T> At<T>(T value, int line = 1) => new(value, new SourcePosition(line, 5));

    protected static EstateVpcEndpointService Service() => new()
    {
        Name = At(ExternalFixture.ServiceName),
        PrivateDnsName = At("xks.internal.example.com"),
    };

    protected EstateKeyStore InVpc(string service = ExternalFixture.ServiceName) => Store with
    {
        Name = At("inside", 9),
        Proxy = Store.Proxy! with
        {
            Connectivity = At(XksProxyConnectivityType.VPC_ENDPOINT_SERVICE, 15),
            UriEndpoint = At("https://xks.internal.example.com", 11),
            VpcEndpointServiceName = At(service, 16),
        },
    };

    protected static string Certificate()
    {
        using ECDsa key = ECDsa.Create();
        using X509Certificate2 certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n";
    }

    protected void Write(string file, string text)
    {
        string path = Path.Combine(Folder, file);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    protected EstateImport Prepare(Estate estate, KmsEngine? engine = null) => EstateImport.Prepare(engine ?? Kms.Engine, estate, ask: question =>
    {
        Asked.Add($"{question.What} of {question.Owner} ({question.Member})");
        return Secret.CopyOf(System.Text.Encoding.UTF8.GetBytes(ExternalFixture.Secret));
    });

    // The descriptions of the changes that were made.
    protected List<string> Import(Estate estate, KmsEngine? engine = null)
    {
        using EstateImport import = Prepare(estate, engine);
        List<string> made = [];
        foreach (EstateChange change in import.Changes.Where(static change => !change.Steps.IsEmpty))
        {
            import.Apply(change);
            made.Add(change.Description);
        }

        return made;
    }

    protected EstateError Error(Estate estate) => Assert.Single(Assert.Throws<EstateException>(() => Import(estate)).Errors);

    protected (int Line, string? Code) Failed(Estate estate) => Error(estate) is { } error ? (error.Position.Line, error.ErrorCode) : default;

    protected string Planned(Estate estate, int line)
    {
        EstateError error = Assert.Single(Assert.Throws<EstateException>(() => Prepare(estate)).Errors);
        Assert.Equal(line, error.Position.Line);
        return error.Message;
    }

    protected void Refuses(Estate estate, params (int Line, string Message)[] expected)
    {
        long version = Kms.Engine.Store.ReadVersion();
        Assert.Equal(
            expected, Assert.Throws<EstateException>(() => Prepare(estate)).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Equal(version, Kms.Engine.Store.ReadVersion());
    }
}
