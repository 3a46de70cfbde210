using System.CommandLine;
using System.CommandLine.Parsing;
using KmsTools.Cryptography;
using KmsTools.Validation;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Commands;

/// <summary>Creates a key in a token, for an external key or for health checks.</summary>
internal sealed class NewKeyCommand : Command
{
    private readonly Option<string> _configuration = CommandLineOption.Text(
        "--configuration", "file", "The configuration whose token is used.");

    private readonly Option<string> _token = CommandLineOption.Text(
        "--token", "name", "The name of the token in the configuration; with --library, its label.");

    private readonly Option<string> _label = CommandLineOption.Text("--label", "text", "The label of the new key.");

    private readonly Option<string> _ckaId = CommandLineOption.Text(
        "--cka-id", "hex", "The CKA_ID of the new key in hexadecimal digits. The default is a random one.");

    private readonly TokenOptions _tokens = new();

    public NewKeyCommand()
        : base(
            "new-key",
            "Creates an AES-256 key in a token, which encrypts and decrypts, and never leaves the token. Prints its label, CKA_ID and URI.")
    {
        _label.Required = true;
        foreach (Option option in (Option[])[_configuration, _token, _label, _ckaId, .. _tokens.All])
        {
            Options.Add(option);
        }

        Validators.Add(line =>
        {
            if (Refusal(line) is { } refusal)
            {
                line.AddError(refusal);
            }
        });
        SetAction(Run);
    }

    private string? Refusal(CommandResult line)
    {
        bool hasConfiguration = line.GetResult(_configuration) is not null;
        return hasConfiguration && _tokens.AreGiven(line)
            ? $"--configuration names the token with its library and its PIN. Leave {_tokens.All.First(option =>
                line.GetResult(option) is { Implicit: false }).Name} out."
            : hasConfiguration ? null
            : _tokens.Refusal(line, hasLabel: line.GetResult(_token) is not null);
    }

    private void Run(ParseResult line)
    {
        string? ckaId = line.GetValue(_ckaId);
        string label = line.GetValue(_label)!;
        NewTokenKey key;
        if (line.GetValue(_configuration) is { } file)
        {
            TokenSettings token = Find(ProxyConfiguration.Read(file).Settings.Tokens, line.GetValue(_token));
            using Secret pin = token.Pin.Read("PIN");
            key = NewTokenKey.Create(token.Library, token.Token, pin, label, ckaId);
        }
        else
        {
            NamedToken token = _tokens.Read(line, line.GetValue(_token));
            using Secret pin = _tokens.ReadPin(line, token);
            key = NewTokenKey.Create(token.Library, token.Selector, pin, label, ckaId);
        }

        Console.Out.Write(
            $"label: {key.Label}\nckaId: {key.CkaId}\ntoken: {key.TokenLabel}\nserial: {key.SerialNumber}\nuri: {key.Uri}\n"
                + $"library: {key.Library}\n");
    }

    private static TokenSettings Find(IReadOnlyList<TokenSettings> tokens, string? name)
    {
        if (name is null)
        {
            return tokens.Count == 1 ? tokens[0] : throw new ArgumentException(
                $"The configuration has {tokens.Count} tokens. Name one with --token: {string.Join(", ", tokens.Select(static one => one.Name))}.");
        }

        string hint = NearestText.Find(name, tokens.Select(static token => token.Name)) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return tokens.FirstOrDefault(token => token.Name == name)
            ?? throw new ArgumentException($"No token of the configuration is called '{name}'.{hint}");
    }
}
