using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Commands;

/// <summary>Writes a configuration for one token and one key store, with a credential.</summary>
internal sealed class NewConfigurationCommand : Command
{
    private const string SchemaFile = "kms-xks-proxy.schema.json";
    private const string DefaultName = "lab";

    private readonly ConfigurationOption _configuration;
    private readonly TokenOptions _tokens = new();

    private readonly Option<string> _token = CommandLineOption.Text("--token", "label", "The label of the token.");

    private readonly Option<string> _keyStore = CommandLineOption.Text(
        "--key-store", "name", "The name of the key store. The default is the name of the file.");

    private readonly Option<string[]> _keys = CommandLineOption.Repeatable<string>(
        "--key", "label", "The label of a key in the token, which is its external key ID too. Can be repeated.", TryTake, static _ => "");

    private readonly Option<string[]> _regions = CommandLineOption.Repeatable<string>(
        "--region",
        "name",
        "A Region of the KMS that may call. Can be repeated.",
        static (string text, [MaybeNullWhen(false)] out string region) =>
        {
            region = text;
            return RegionName.TryParse(text, out _);
        },
        RegionName.Refusal);

    private readonly Option<string> _prefix = CommandLineOption.Text(
        "--prefix", "path", "The path before /kms/xks/v1, such as /example. The default is none.");

    private readonly Option<string> _address = CommandLineOption.Text("--listen", "address", "The IP address to listen on.");

    private readonly Option<ushort?> _port = CommandLineOption.Create<ushort?>(
        "--port",
        "n",
        "The TCP port, from 0 to 65535. The default is 443.",
        static (text, out port) =>
        {
            bool isNumber = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
            port = number;
            return isNumber;
        },
        static text => $"'{text}' is not a valid port. Ports are numbers from 0 to 65535.");

    private readonly Option<string> _certificate = CommandLineOption.Text("--certificate", "file", "The certificate of the proxy.");
    private readonly Option<string> _certificateKey = CommandLineOption.Text("--certificate-key", "file", "Its private key (PEM).");
    private readonly Option<string> _hostName = CommandLineOption.Text(
        "--host-name",
        "name",
        "Makes a certificate for this host name, which clients trust only if they are told to: for a lab.");

    private readonly Option<string> _healthKey = CommandLineOption.Text("--health-key", "label", "The key of health checks in the token.");

    private readonly Option<IPEndPoint> _metrics = CommandLineOption.Create<IPEndPoint>(
        "--metrics",
        "address:port",
        "Where metrics are served.",
        Listening.TryReadEndPoint,
        static text => $"'{text}' is not an IP address with a port, such as 127.0.0.1:9464.");

    public NewConfigurationCommand(ConfigurationOption configuration)
        : base(
            "new-configuration",
            "Writes a configuration for a token and a key store, with a new credential, into new files that only their owner can read.")
    {
        _configuration = configuration;
        _regions.Required = true;
        foreach (Option option in (Option[])
            [
                configuration.Option, _token, .. _tokens.All, _keyStore, _keys, _regions, _prefix, _address, _port, _certificate,
                _certificateKey, _hostName, _healthKey, _metrics,
            ])
        {
            Options.Add(option);
        }

        Validators.Add(line =>
        {
            if (_tokens.Refusal(line, hasLabel: line.GetResult(_token) is not null) is { } refusal)
            {
                line.AddError(refusal);
            }
            else if (line.GetResult(_certificateKey) is not null && line.GetResult(_certificate) is null)
            {
                line.AddError($"{_certificateKey.Name} needs {_certificate.Name}.");
            }
            else if (line.GetResult(_hostName) is not null && line.GetResult(_certificate) is not null)
            {
                line.AddError($"{_hostName.Name} makes a certificate, so {_certificate.Name} excludes it.");
            }
        });
        SetAction(Run);
    }

    private void Run(ParseResult line)
    {
        string path = Path.GetFullPath(_configuration.Read(line));
        string folder = Path.GetDirectoryName(path)!;
        string stem = Path.Combine(folder, Path.GetFileNameWithoutExtension(path));
        NamedToken token = _tokens.Read(line, line.GetValue(_token));
        List<string> written = [];
        try
        {
            if (File.Exists(path))
            {
                throw new IOException($"'{path}' exists already, and is not overwritten. Name another file, or remove this one first.");
            }

            SecretDraft? pin = null;
            if (line.GetValue(_tokens.PinFromInput))
            {
                using Secret secret = _tokens.ReadPin(line, token);
                string file = $"{stem}.pin";
                secret.Use(bytes => OwnerOnlyFile.Write(file, bytes));
                written.Add(file);
                pin = new SecretDraft(default) { File = new(Path.GetFileName(file)) };
            }
            else if (token.Uri is null || line.GetValue(_tokens.PinFile) is not null)
            {
                pin = new SecretDraft(default)
                {
                    File = new(token.PinFile ?? throw new ArgumentException(
                        $"The PIN of the token is missing: give {_tokens.PinFile.Name} or {_tokens.PinFromInput.Name}.")),
                };
            }

            TlsDraft? tls = MakeTls(line, stem, written);
            string secretFile = $"{stem}.secret";
            NewCredential credential = NewCredential.Create(secretFile);
            written.Add(secretFile);
            ProxyDraft draft = Draft(line, token, pin, tls, credential, Path.GetFileName(secretFile), Path.GetFileName(stem));
            string schema = Path.GetFullPath(Path.Combine("..", SchemaFile), AppContext.BaseDirectory);
            string text = YamlWriter.Document(
                File.Exists(schema) ? $"yaml-language-server: $schema={new Uri(schema)}" : null,
                writer => ProxyFormat.Instance.Write(writer, draft));
            OwnerOnlyFile.Write(path, Encoding.UTF8.GetBytes(text));
            written.Add(path);

            // What was written is read as it will be: what is wrong with it is told now.
            KeyStoreSettings store = ProxyConfiguration.Read(path).Settings.KeyStores[0];
            Console.Out.Write(
                $"keyStore: {store.Name}\nuriPath: {store.Prefix}/kms/xks/v1\naccessKeyId: {credential.AccessKeyId}\nsecretFile: {secretFile}\n"
                    + (line.GetValue(_hostName) is { } host ? $"hostName: {host}\ncertificate: {CertificateOf(stem)}\n" : ""));
        }
        catch
        {
            written.ForEach(File.Delete);
            throw;
        }
    }

    private static string CertificateOf(string stem) => $"{stem}.crt";

    private TlsDraft? MakeTls(ParseResult line, string stem, List<string> written)
    {
        if (line.GetValue(_hostName) is { } hostName)
        {
            string key = $"{stem}.key";
            NewCertificate.Create(hostName, CertificateOf(stem), key, written);
            return new TlsDraft { Certificate = new(Path.GetFileName(CertificateOf(stem))), Key = new(Path.GetFileName(key)) };
        }

        return line.GetValue(_certificate) is not { } certificate ? null : new TlsDraft
        {
            Certificate = new(Path.GetFullPath(certificate)),
            Key = line.GetValue(_certificateKey) is { } keyFile ? new(Path.GetFullPath(keyFile)) : null,
        };
    }

    private ProxyDraft Draft(
        ParseResult line, NamedToken token, SecretDraft? pin, TlsDraft? tls, NewCredential credential, string secretFile, string stem)
    {
        string name = line.GetValue(_keyStore) ?? (stem.Length > 0 ? stem : DefaultName);
        string tokenName = new(
            [.. (token.Selector.Label ?? DefaultName).Where(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_')]);
        tokenName = tokenName.Length > 0 ? tokenName : DefaultName;
        return new ProxyDraft
        {
            Address = Located(line.GetValue(_address)),
            Port = line.GetValue(_port) is { } port ? new(port) : null,
            StopDelay = line.GetValue(_address) is null ? new(0) : null,
            Metrics = Located(line.GetValue(_metrics)?.ToString()),
            Tls = tls,
            Tokens =
            [
                new TokenDraft(default)
                {
                    Name = new(tokenName),
                    Library = token.Uri is null || line.GetValue(_tokens.Library) is not null ? new(token.Library) : null,
                    Label = token.Uri is null ? Located(token.Selector.Label) : null,
                    Serial = token.Uri is null ? Located(token.Selector.SerialNumber) : null,
                    Uri = Located(token.Uri),
                    PinFrom = pin,
                    HealthKey = line.GetValue(_healthKey) is { } health ? new HealthKeyDraft(default) { Label = new(health) } : null,
                },
            ],
            KeyStores =
            [
                new KeyStoreDraft(default)
                {
                    Name = new(name),
                    Prefix = Located(line.GetValue(_prefix)),
                    Regions = [.. line.GetValue(_regions)!.Select(static region => new Estates.Located<string>(region))],
                    Credentials =
                    [
                        new CredentialDraft(default)
                        {
                            AccessKeyId = new(credential.AccessKeyId),
                            SecretFrom = new SecretDraft(default) { File = new(secretFile) },
                        },
                    ],
                    Keys =
                    [
                        .. (line.GetValue(_keys) ?? []).Select(label => new KeyDraft(default)
                        {
                            Id = new(label),
                            Token = new(tokenName),
                            Label = new(label),
                        }),
                    ],
                },
            ],
        };
    }

    private static Estates.Located<string>? Located(string? text) => text is null ? null : new(text);

    private static bool TryTake(string text, out string value)
    {
        value = text;
        return true;
    }
}
