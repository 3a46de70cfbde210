using System.CommandLine;

namespace KmsTools.Endpoint.Commands;

/// <summary>Creates an access key and prints it as two assignments for a shell or an .env file.</summary>
internal sealed class NewAccessKeyCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<string> _user = CommandLineOption.Text(
        "--user", "name", "The IAM user that signs with it. The default is the user of the operating system.");

    public NewAccessKeyCommand(StoreOptions stores)
        : base(
            "new-access-key",
            "Creates an access key for a permanent store, and the store if it does not exist. The secret is printed once.")
    {
        _stores = stores;
        stores.AddTo(this, stores.SimulatedClock, _user);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        using OpenedStore store = OpenedStore.Open(_stores.Read(line), _stores.ReadCredentials(line));
        string? principalArn = line.GetValue(_user) is { } user ? $"arn:aws:iam::{store.Engine.Properties.AccountId}:user/{user}" : null;
        NewAccessKey created = store.Engine.AccessKeys.Create(principalArn, store.Caller);
        await Console.Out.WriteLineAsync($"AWS_ACCESS_KEY_ID={created.AccessKeyId}\nAWS_SECRET_ACCESS_KEY={created.SecretAccessKey}")
            .ConfigureAwait(false);
        return 0;
    }
}
