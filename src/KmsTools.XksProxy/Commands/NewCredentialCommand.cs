using System.CommandLine;

namespace KmsTools.XksProxy.Commands;

/// <summary>Creates a credential: the secret in a file, and the rest as a part of a configuration.</summary>
internal sealed class NewCredentialCommand : Command
{
    private readonly Option<string> _secretFile = CommandLineOption.Text(
        "--secret-file", "file", "The new file that receives the secret access key. Only its owner can read it.");

    public NewCredentialCommand()
        : base(
            "new-credential",
            "Creates a credential. The secret access key goes into a new file; what a key store of the configuration needs is printed.")
    {
        _secretFile.Required = true;
        Options.Add(_secretFile);
        SetAction(Run);
    }

    private void Run(ParseResult line)
    {
        string file = line.GetValue(_secretFile)!;
        NewCredential credential = NewCredential.Create(file);
        Console.Out.Write($"- accessKeyId: {credential.AccessKeyId}\n  secretFrom:\n    file: {file}\n");
    }
}
