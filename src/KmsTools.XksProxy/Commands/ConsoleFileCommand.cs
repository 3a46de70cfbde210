using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Validation;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Commands;

/// <summary>Writes the file that the console of AWS takes when an external key store is created. Source: XKS proxy API 1.0.3.</summary>
internal sealed class ConsoleFileCommand : Command
{
    private readonly ConfigurationOption _configuration;

    private readonly Option<string> _keyStore = CommandLineOption.Text(
        "--key-store", "name", "The key store. Not required where the configuration has only one.");

    private readonly Option<string> _accessKeyId = CommandLineOption.Text(
        "--access-key-id", "id", "Which of its credentials. Not required where only one is valid now.");

    private readonly Option<string> _output = CommandLineOption.Text(
        "--output", "file", "The new file, which contains the secret access key. Only its owner can read it.");

    public ConsoleFileCommand(ConfigurationOption configuration)
        : base(
            "console-file",
            "Writes the path and a credential of a key store into a file that the console of AWS takes for a new external key store.")
    {
        _configuration = configuration;
        _output.Required = true;
        foreach (Option option in (Option[])[configuration.Option, _keyStore, _accessKeyId, _output])
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private void Run(ParseResult line)
    {
        KeyStoreSettings store = Choose(
            ProxyConfiguration.Read(_configuration.Read(line)).Settings.KeyStores, static store => store.Name, line.GetValue(_keyStore),
            "key store", _keyStore.Name, areShown: true);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        CredentialSettings credential = Choose(
            [.. store.Credentials.Where(one => (one.NotBefore ?? now) <= now && (one.NotAfter ?? DateTimeOffset.MaxValue) > now)],
            static one => one.AccessKeyId, line.GetValue(_accessKeyId), "credential that is valid now", _accessKeyId.Name, areShown: false);
        using Secret secret = credential.Secret.Read("secret access key");
        string before = $$"""{"XksProxyUriPath":"{{store.Prefix}}/kms/xks/v1","XksProxyAuthenticationCredential":"""
            + $$"""{"AccessKeyId":"{{credential.AccessKeyId}}","RawSecretAccessKey":""" + "\"";
        const string After = "\"}}\n";
        byte[] content = GC.AllocateUninitializedArray<byte>(before.Length + secret.Length + After.Length, pinned: true);
        try
        {
            Encoding.ASCII.GetBytes(before, content);
            secret.Use(bytes => bytes.CopyTo(content.AsSpan(before.Length)));
            Encoding.ASCII.GetBytes(After, content.AsSpan(before.Length + secret.Length));
            OwnerOnlyFile.Write(line.GetValue(_output)!, content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static T Choose<T>(
        ImmutableArray<T> all, Func<T, string> name, string? wanted, string what, string option, bool areShown)
        where T : class
    {
        if (wanted is null)
        {
            return all.Length == 1 ? all[0] : throw new ArgumentException(
                all.Length == 0 ? $"There is no {what}." : $"There are {all.Length} of a {what}. Name one with {option}.");
        }

        string hint = NearestText.Find(wanted, all.Select(name)) is { } nearest && areShown ? $" Did you mean '{nearest}'?" : "";
        return all.FirstOrDefault(one => name(one) == wanted) ?? throw new ArgumentException(
            areShown ? $"There is no {what} '{wanted}'.{hint}" : $"There is no {what} with this ID.");
    }
}
