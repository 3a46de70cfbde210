using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Estates;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Metrics;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The tokens and the key stores.</summary>
internal sealed partial class SettingsBuilder
{
    // Source: XKS proxy API 1.0.3.
    private const int MinSecret = 43;
    private const int MaxSecret = 64;

    private static readonly string[] Apis = ["Encrypt", "Decrypt", "GetKeyMetadata"];
    private static readonly Pkcs11HsmProvider Hsms = new();

    private TokenSettings? Token(TokenDraft draft)
    {
        string? library = draft.Library is null ? null : LibraryOf(draft.Library);
        TokenSelector selector = new() { Label = draft.Label?.Value, SerialNumber = draft.Serial?.Value };
        SecretSource? pin = Secret(draft.PinFrom, "PIN", static _ => null);
        if (draft.Uri is { } uri)
        {
            (library, selector, pin) = OfUri(uri, draft, library, pin);
        }

        TokenSettings absent = new() { Name = "", Library = "", Token = selector, Pin = SecretSource.Of([]) };
        TimeSpan wait = draft.SessionWait is { } sessionWait ? TimeSpan.FromMilliseconds(sessionWait.Value) : absent.SessionWait;
        TimeSpan answer = draft.AnswerTime is { } answerTime ? TimeSpan.FromMilliseconds(answerTime.Value) : absent.AnswerTime;
        if (wait > answer)
        {
            Error(
                (draft.SessionWait ?? draft.AnswerTime)!.Position,
                $"A request would wait {wait.TotalMilliseconds:0} ms for a session, which is longer than the {answer.TotalMilliseconds:0} ms "
                    + "within which it is answered.");
        }

        return draft.Name is null || library is null || pin is null ? null : new TokenSettings
        {
            Name = draft.Name.Value,
            Library = library,
            Token = selector,
            Pin = pin,
            MaxSessions = draft.MaxSessions?.Value ?? absent.MaxSessions,
            SessionWait = wait,
            AnswerTime = answer,
            HashesAad = draft.HashAad?.Value ?? false,
            HsmMakesIv = draft.HsmMakesIv?.Value ?? false,
            HealthKey = draft.HealthKey is null ? null : Name(draft.HealthKey),
        };
    }

    private (string? Library, TokenSelector Token, SecretSource? Pin) OfUri(
        Located<string> uri, TokenDraft draft, string? library, SecretSource? pin)
    {
        try
        {
            using HsmUri parsed = Hsms.ParseUri(uri.Value);
            if (parsed.Pin is not null)
            {
                Error(uri.Position, "The URI contains the PIN. Name a file that only its owner can read: pin-source=file:/path.");
            }

            if (parsed.PinFile is not null && draft.PinFrom is not null)
            {
                Error(draft.PinFrom.Position, "The URI names the file with the PIN already, as pin-source. Leave one of them out.");
            }

            if (parsed.Library is not null && library is not null)
            {
                Error(draft.Library!.Position, "The URI names the library already. Leave one of them out.");
            }

            if ((parsed.Library ?? library) is null)
            {
                Error(uri.Position, "The URI names no library. Add module-path=/path to it, or 'library' to the token.");
            }

            SecretDraft? file = parsed.PinFile is null ? null : new SecretDraft(uri.Position) { File = new(parsed.PinFile, uri.Position) };
            if (file is null && draft.PinFrom is null && parsed.Pin is null)
            {
                Error(uri.Position, "The URI names no file with the PIN. Add pin-source=file:/path to it, or 'pinFrom' to the token.");
            }

            return (parsed.Library ?? library, parsed.Token, pin ?? Secret(file, "PIN", static _ => null));
        }
        catch (ArgumentException exception)
        {
            Error(uri.Position, ProxyProgram.WithoutParameter(exception));
            return (library, new TokenSelector(), pin);
        }
    }

    // Parameters of the library, after a bar, stay as they are.
    private string LibraryOf(Located<string> library)
    {
        int bar = library.Value.IndexOf('|', StringComparison.Ordinal);
        string path = Path.GetFullPath(bar < 0 ? library.Value : library.Value[..bar], folder);
        if (!File.Exists(path))
        {
            Error(library.Position, $"The PKCS#11 library '{path}' does not exist.");
        }

        return bar < 0 ? path : path + library.Value[bar..];
    }

    private KeyStoreSettings? KeyStore(KeyStoreDraft draft, ImmutableArray<TokenDraft> tokens)
    {
        string prefix = draft.Prefix?.Value ?? "";
        int path = prefix.Length + RequestTarget.Root.Length - 1;
        if (draft.Prefix is not null && path > SettingsCheck.MaxPath)
        {
            Error(
                draft.Prefix.Position,
                $"With this prefix the path has {path} characters. KMS takes {SettingsCheck.MaxPath} at most: shorten the prefix to "
                    + $"{SettingsCheck.MaxPath - (path - prefix.Length)}.");
        }

        RequireDifferent(
            draft.Credentials,
            static one => one.AccessKeyId,
            static _ => "Another credential of this key store has this access key ID already");
        RequireDifferent(draft.Keys, static key => key.Id, static id => $"Another key of this key store has the ID '{id}' already");
        foreach (KeyDraft key in draft.Keys)
        {
            CheckKey(key, prefix, tokens);
        }

        ImmutableArray<KeySettings> keys = [.. draft.Keys.Select(Key).OfType<KeySettings>()];
        foreach (RuleDraft rule in draft.Rules)
        {
            CheckRule(rule, draft);
        }

        foreach ((int index, CredentialDraft credential) in draft.Credentials.Index())
        {
            string? file = PathOf(credential.SecretFrom?.File);
            DateTimeOffset since = file is not null && File.Exists(file) ? File.GetLastWriteTimeUtc(file) : Start;
            _credentials.Add(new CredentialAge(draft.Name?.Value ?? "", (index + 1).ToString(CultureInfo.InvariantCulture), since));
        }

        return draft.Name is null ? null : new KeyStoreSettings
        {
            Name = draft.Name.Value,
            Prefix = prefix,
            Regions = [.. draft.Regions.Select(static region => region.Value).Distinct()],
            Credentials = [.. draft.Credentials.Select(Credential).OfType<CredentialSettings>()],
            Keys = keys,
            IsEnabled = draft.Enabled?.Value ?? true,
            RequestsPerSecond = draft.RequestsPerSecond?.Value,
            Rules = [.. draft.Rules.Select(Rule)],
        };
    }

    private CredentialSettings? Credential(CredentialDraft draft) =>
        Secret(draft.SecretFrom, "secret access key", SecretRefusal) is { } secret && draft.AccessKeyId is { } id
            ? new CredentialSettings
            {
                AccessKeyId = id.Value,
                Secret = secret,
                NotBefore = draft.NotBefore?.Value,
                NotAfter = draft.NotAfter?.Value,
            }
            : null;

    private static string? SecretRefusal(KmsTools.Cryptography.Secret secret) => secret.Use(static bytes =>
        bytes.Length is < MinSecret or > MaxSecret
            ? $"The secret access key has {bytes.Length} bytes. KMS takes {MinSecret} to {MaxSecret}. The command new-credential makes one."
            : bytes.IndexOfAnyExcept(SecretCharacters) >= 0
                ? "The secret access key has a character that KMS does not take: there are letters, digits, '/', '+' and '='. The command "
                    + "new-credential makes one."
                : null);

    private static readonly System.Buffers.SearchValues<byte> SecretCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+="u8);

    private KeySettings? Key(KeyDraft draft) => draft.Id is { } id && VersionOf(draft) is { } current
        ? new KeySettings
        {
            ExternalKeyId = id.Value,
            Current = current,
            Former = [.. draft.Former.Select(VersionOf).OfType<KeyVersionSettings>()],
            IsEnabled = draft.Enabled?.Value ?? true,
            AllowedUsage = draft.Usage?.Value ?? XksKeyUsage.Both,
        }
        : null;

    private KeyVersionSettings? VersionOf(IKeyVersionDraft draft) => draft.Token is { } token && Name(draft) is { } name
        ? new KeyVersionSettings { Token = token.Value, Name = name, Version = (byte)(draft.Version?.Value ?? 1) }
        : null;

    private void CheckKey(KeyDraft key, string prefix, ImmutableArray<TokenDraft> tokens)
    {
        if (key.Id is { } id && $"{prefix}{RequestTarget.Root}keys/{id.Value}/metadata".Length is > MaxUri and int length)
        {
            Error(
                id.Position,
                $"With this ID the longest path has {length} characters. KMS takes {MaxUri} at most: shorten the ID or the prefix.");
        }

        HashSet<int> versions = [];
        foreach (IKeyVersionDraft version in (IEnumerable<IKeyVersionDraft>)[key, .. key.Former])
        {
            RequireKnown(
                version.Token,
                tokens.Select(static token => token.Name?.Value).OfType<string>(),
                static name => $"No token is called '{name}'.");
            int number = version.Version?.Value ?? 1;
            if (!versions.Add(number))
            {
                Error(version.Version?.Position ?? version.Position, $"Another key behind this ID has the version {number} already.");
            }

            if (tokens.FirstOrDefault(token => token.Name is not null && token.Name.Value == version.Token?.Value)?.HealthKey is { } health
                && TextOf(health) is { } name && name == TextOf(version))
            {
                Error(
                    (version.Label ?? version.CkaId ?? version.Uri)!.Position,
                    "This is the key of the health checks of its token. A key that KMS uses must be another one.");
            }
        }
    }

    private static (string, string)? TextOf(IKeyNameDraft name) => name switch
    {
        { Label: { } label } => (KeyNameMembers.Label, label.Value),
        { CkaId: { } id } => (KeyNameMembers.CkaId, id.Value.ToUpperInvariant()),
        { Uri: { } uri } => (KeyNameMembers.Uri, uri.Value),
        _ => null,
    };

    // A rule that names nothing there would deny nothing.
    private void CheckRule(RuleDraft rule, KeyStoreDraft store)
    {
        RequireKnownPatterns(RuleFormat.Apis, Apis, static name => $"No API is called '{name}'.");
        RequireKnownPatterns(
            RuleFormat.ExternalKeyIds,
            store.Keys.Select(static key => key.Id?.Value).OfType<string>(),
            static id => $"No key of this key store has the ID '{id}'.");
        RequireKnownPatterns(
            RuleFormat.AccessKeyIds,
            store.Credentials.Select(static credential => credential.AccessKeyId?.Value).OfType<string>(),
            static _ => "No credential of this key store has this access key ID.",
            isShown: false);

        void RequireKnownPatterns(string member, IEnumerable<string> known, Func<string, string> refusal, bool isShown = true)
        {
            foreach (Located<string> pattern in rule.Patterns.GetValueOrDefault(member, [])
                .Where(static pattern => pattern.Value.AsSpan().IndexOfAny('*', '?') < 0))
            {
                RequireKnown(pattern, known, refusal, isShown);
            }
        }
    }

    private static AuthorizationRule Rule(RuleDraft draft)
    {
        return new AuthorizationRule
        {
            Name = draft.Name?.Value ?? "",
            Allows = draft.Effect?.Value == RuleEffect.Allow,
            Apis = Of(RuleFormat.Apis),
            Operations = Of(RuleFormat.Operations),
            ExternalKeyIds = Of(RuleFormat.ExternalKeyIds),
            AccessKeyIds = Of(RuleFormat.AccessKeyIds),
            PrincipalArns = Of(RuleFormat.PrincipalArns),
            PrincipalAccounts = Of(RuleFormat.PrincipalAccounts),
            KeyArns = Of(RuleFormat.KeyArns),
            KeyAccounts = Of(RuleFormat.KeyAccounts),
            KeyRegions = Of(RuleFormat.KeyRegions),
            ViaServices = Of(RuleFormat.ViaServices),
            SourceVpcs = Of(RuleFormat.SourceVpcs),
            SourceVpcEndpoints = Of(RuleFormat.SourceVpcEndpoints),
        };

        ImmutableArray<string> Of(string member) =>
            [.. draft.Patterns.GetValueOrDefault(member, []).Select(static pattern => pattern.Value)];
    }
}
