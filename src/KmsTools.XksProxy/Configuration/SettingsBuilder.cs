using System.Net;
using KmsTools.Estates;
using KmsTools.Pkcs11;
using KmsTools.Validation;
using KmsTools.XksProxy.Metrics;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>Makes settings of what a configuration says, and checks the rules between its parts.</summary>
/// <param name="folder">The folder that relative paths are relative to.</param>
/// <param name="errors">Receives the errors.</param>
internal sealed partial class SettingsBuilder(string folder, EstateErrors errors)
{
    private const int MaxShown = 10;

    // The whole request URI. Source: XKS proxy API 1.0.3.
    private const int MaxUri = 256;

    // What is in no file was there when the program started, as far as is known.
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow;

    private readonly List<string> _files = [];
    private readonly List<CredentialAge> _credentials = [];

    /// <summary>Full paths of the files that the configuration names and that are read once.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>How old the credentials are.</summary>
    public IReadOnlyList<CredentialAge> Credentials => _credentials;

    /// <summary>The full path of a file.</summary>
    public string? PathOf(Located<string>? file) => file is null ? null : Path.GetFullPath(file.Value, folder);

    /// <summary>Makes the settings.</summary>
    /// <returns>Settings that can be used only if there were no errors.</returns>
    public XksProxySettings Build(ProxyDraft draft)
    {
        XksProxySettings settings = new()
        {
            Address = AddressOf(draft),
            Port = draft.Port?.Value ?? XksProxySettings.DefaultPort,
            AllowsPlainHttp = draft.AllowPlainHttp?.Value ?? false,
            FleetSize = draft.FleetSize?.Value ?? 1,
            StopDelay = draft.StopDelay is { } delay ? TimeSpan.FromSeconds(delay.Value) : new XksProxySettings().StopDelay,
            Limits = Limits(draft.Limits),
            Tls = Tls(draft.Tls),
        };
        if (draft.Metrics is { } metrics)
        {
            if (Listening.TryReadEndPoint(metrics.Value, out IPEndPoint? address))
            {
                settings = settings with { MetricsAddress = address.Address.ToString(), MetricsPort = address.Port };
            }
            else
            {
                Error(metrics.Position, $"'{Texts.Shown(metrics.Value)}' is not an IP address with a port, such as 127.0.0.1:9464.");
            }
        }

        if (draft.Tokens.Length > SettingsCheck.MaxTokens)
        {
            Error(
                draft.Tokens[SettingsCheck.MaxTokens].Position,
                $"This is token {SettingsCheck.MaxTokens + 1} of {draft.Tokens.Length}. A proxy has at most {SettingsCheck.MaxTokens}: KMS "
                    + "takes no more of a health answer. Serve the others with another proxy.");
        }

        RequireDifferent(draft.Tokens, static token => token.Name, static name => $"Another token is called '{name}' already");
        RequireDifferent(draft.KeyStores, static store => store.Name, static name => $"Another key store is called '{name}' already");
        RequireDifferent(
            draft.KeyStores,
            static store => store.Prefix ?? new Located<string>("", store.Position),
            static prefix => prefix.Length == 0
                ? "Another key store has no prefix already"
                : $"Another key store has the prefix '{prefix}' already");
        return settings with
        {
            Tokens = [.. draft.Tokens.Select(Token).OfType<TokenSettings>()],
            KeyStores = [.. draft.KeyStores.Select(store => KeyStore(store, draft.Tokens)).OfType<KeyStoreSettings>()],
        };
    }

    private static LimitSettings Limits(LimitsDraft? draft)
    {
        LimitSettings absent = new();
        return new LimitSettings
        {
            MaxPlaintextBytes = draft?.PlaintextBytes?.Value ?? absent.MaxPlaintextBytes,
            MaxAadBytes = draft?.AadBytes?.Value ?? absent.MaxAadBytes,
            MaxConnections = draft?.Connections?.Value ?? absent.MaxConnections,
        };
    }

    private string AddressOf(ProxyDraft draft)
    {
        if (draft.Address is not { } given)
        {
            return IPAddress.Loopback.ToString();
        }

        if (!IPAddress.TryParse(given.Value, out IPAddress? address))
        {
            Error(given.Position, $"'{Texts.Shown(given.Value)}' is not an IP address. 0.0.0.0 means all addresses of the machine.");
            return given.Value;
        }

        if (!IPAddress.IsLoopback(address) && draft.Tls is null && draft.AllowPlainHttp is not { Value: true })
        {
            Error(
                given.Position,
                $"{address} can be reached from other machines: add tls; or 'allowPlainHttp: true' if a balancer before it ends TLS.");
        }

        return address.ToString();
    }

    private TlsSettings? Tls(TlsDraft? draft)
    {
        if (draft?.Certificate is null)
        {
            return null;
        }

        foreach (Located<string> file in new[] { draft.Certificate, draft.Key, draft.ClientAuthorities }.OfType<Located<string>>())
        {
            RequireFile(file);
        }

        if (draft.ClientAuthorities is not null)
        {
            _files.Add(PathOf(draft.ClientAuthorities)!);
        }

        return new TlsSettings
        {
            CertificatePath = PathOf(draft.Certificate)!,
            KeyPath = PathOf(draft.Key),
            ClientAuthoritiesPath = PathOf(draft.ClientAuthorities),
            ClientNames = [.. draft.ClientNames.Select(static name => name.Value)],
        };
    }

    private void RequireFile(Located<string> file)
    {
        if (PathOf(file) is { } path && !File.Exists(path))
        {
            Error(file.Position, $"The file '{path}' does not exist.");
        }
    }

    private SecretSource? Secret(SecretDraft? draft, string what, Func<KmsTools.Cryptography.Secret, string?> refusal)
    {
        if (draft is null)
        {
            return null;
        }

        (SecretSource Source, SourcePosition Position)? named = draft switch
        {
            { File: { } file } => (SecretSource.OfFile(Noted(PathOf(file)!)), file.Position),
            { Environment: { } variable } => (SecretSource.OfVariable(variable.Value), variable.Position),
            { Credential: { } credential } => (SecretSource.OfCredential(credential.Value), credential.Position),
            _ => null,
        };
        if (named is not var (source, position))
        {
            return null;
        }

        try
        {
            using KmsTools.Cryptography.Secret secret = source.Read(what);
            if (refusal(secret) is { } reason)
            {
                Error(position, reason);
            }
        }
        catch (ArgumentException exception)
        {
            Error(position, exception.Message);
        }

        return source;
    }

    private string Noted(string file)
    {
        _files.Add(file);
        return file;
    }

    private KeyName? Name(IKeyNameDraft draft)
    {
        try
        {
            return draft switch
            {
                { Label: { } label } => KeyName.OfLabel(label.Value),
                { CkaId: { } id } => KeyName.OfId(id.Value),
                { Uri: { } uri } => KeyName.OfUri(uri.Value),
                _ => null,
            };
        }
        catch (ArgumentException exception)
        {
            Error((draft.Label ?? draft.CkaId ?? draft.Uri)!.Position, ProxyProgram.WithoutParameter(exception));
            return null;
        }
    }

    private void RequireDifferent<T>(IEnumerable<T> parts, Func<T, Located<string>?> name, Func<string, string> refusal)
    {
        Dictionary<string, SourcePosition> seen = new(StringComparer.Ordinal);
        foreach (Located<string> one in parts.Select(name).OfType<Located<string>>())
        {
            if (!seen.TryAdd(one.Value, one.Position))
            {
                Error(one.Position, $"{refusal(Texts.Shown(one.Value))}, in line {seen[one.Value].Line}.");
            }
        }
    }

    private void RequireKnown(Located<string>? name, IEnumerable<string> known, Func<string, string> refusal, bool isShown = true)
    {
        string[] names = [.. known];
        if (name is not null && !names.Contains(name.Value, StringComparer.Ordinal))
        {
            string meant = !isShown ? "" : NearestText.Find(name.Value, names) is { } nearest ? $" Did you mean '{nearest}'?"
                : names.Length > 0 ? $" There are: {string.Join(", ", names.Take(MaxShown))}."
                : "";
            Error(name.Position, $"{refusal(Texts.Shown(name.Value))}{meant}");
        }
    }

    private void Error(SourcePosition position, string message) => errors.Add(new EstateError(position, message));
}
