using System.CommandLine;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Commands;

/// <summary>Checks a configuration, and that its tokens and keys are there.</summary>
internal sealed class CheckCommand : Command
{
    private const string NeededSpec = "AES_256";

    private readonly ConfigurationOption _configuration;

    private readonly Option<bool> _offline = CommandLineOption.Flag(
        "--offline", "Checks the file, its secrets and its certificates, and does not open the tokens.");

    public CheckCommand(ConfigurationOption configuration)
        : base("check", "Checks a configuration: the file, its secrets and certificates; and its tokens, in which it looks for the keys.")
    {
        _configuration = configuration;
        Options.Add(configuration.Option);
        Options.Add(_offline);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        ProxyConfiguration configuration = ProxyConfiguration.Read(_configuration.Read(line));
        XksProxySettings settings = configuration.Settings;
        if (settings.Tls is { } tls)
        {
            // Its certificate is dropped at the end of the process.
            _ = ProxyTls.Read(tls, TimeProvider.System, static _ => { });
        }

        List<string> problems = [];
        if (!line.GetValue(_offline))
        {
            foreach (TokenSettings token in settings.Tokens)
            {
                CheckToken(token, settings, problems);
            }
        }

        foreach (string problem in problems)
        {
            await Console.Error.WriteLineAsync(problem.AsMemory(), cancellation).ConfigureAwait(false);
        }

        if (problems.Count > 0)
        {
            return 1;
        }

        int keys = settings.KeyStores.Sum(static store => store.Keys.Length);
        await Console.Out.WriteLineAsync(
            $"'{_configuration.Read(line)}' can be used: {Count(settings.Tokens.Length, "token")}, "
                + $"{Count(settings.KeyStores.Length, "key store")}, {Count(keys, "key")}.").ConfigureAwait(false);
        return 0;
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static void CheckToken(TokenSettings token, XksProxySettings settings, List<string> problems)
    {
        try
        {
            using Secret pin = token.Pin.Read("PIN");
            using TokenClient client = pin.Use(bytes => TokenClient.Connect(token.Library, token.Token, bytes, maxCalls: 1));
            if (token.HealthKey is { } health)
            {
                CheckKey(client, health, $"The health key of the token '{token.Name}'", XksKeyUsage.Both, problems);
            }

            foreach (KeyStoreSettings store in settings.KeyStores)
            {
                foreach (KeySettings key in store.Keys)
                {
                    CheckKey(client, token, store, key, problems);
                }
            }
        }
        catch (Exception exception) when (exception is HsmException or ArgumentException)
        {
            problems.Add($"The token '{token.Name}' cannot be used: {exception.Message}");
        }
    }

    private static void CheckKey(TokenClient client, TokenSettings token, KeyStoreSettings store, KeySettings key, List<string> problems)
    {
        string what = $"The key '{key.ExternalKeyId}' of the key store '{store.Name}'";
        if (key.Current.Token == token.Name)
        {
            CheckKey(client, key.Current.Name, what, key.AllowedUsage, problems);
        }

        foreach (KeyVersionSettings former in key.Former.Where(former => former.Token == token.Name))
        {
            CheckKey(client, former.Name, $"{what}, version {former.Version},", XksKeyUsage.Decrypt, problems);
        }
    }

    private static void CheckKey(TokenClient client, KeyName name, string what, XksKeyUsage usage, List<string> problems)
    {
        try
        {
            KeyDescription found = client.Describe(name);
            string[] needed = usage switch
            {
                XksKeyUsage.Encrypt => ["ENCRYPT"],
                XksKeyUsage.Decrypt => ["DECRYPT"],
                _ => ["ENCRYPT", "DECRYPT"],
            };
            if (found.Spec != NeededSpec)
            {
                problems.Add($"{what} is {found.Spec} in the token. KMS takes {NeededSpec} only.");
            }
            else if (needed.Except(found.Usages).FirstOrDefault() is { } missing)
            {
                problems.Add($"{what} does not {missing.ToLowerInvariant()} in the token. Restrict its 'usage', or name another key.");
            }
        }
        catch (HsmException exception)
        {
            problems.Add($"{what} cannot be used: {exception.Message}");
        }
    }
}
