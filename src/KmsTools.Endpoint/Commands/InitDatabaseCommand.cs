using System.CommandLine;
using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Commands;

/// <summary>Prepares a database for a store that several machines share.</summary>
internal sealed class InitDatabaseCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<string> _role = CommandLineOption.Text(
        "--role", "name", "The role of the database that is to use the store: it gets the rights that it needs, and no others.");

    public InitDatabaseCommand(StoreOptions stores)
        : base("init-database", "Makes the tables of a store in a PostgreSQL database, or brings those of an earlier version to this one. "
            + "--postgres names a role that may create tables.")
    {
        _stores = stores;
        foreach (Option option in (Option[])[stores.Postgres, _role, stores.PasswordFile])
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        SharedStoreOptions shared = _stores.ReadShared(line)
            ?? throw new ArgumentException($"No database is named: give --postgres, or a connection string in {DefaultStore.Variable}.");
        DatabaseInitialization done = new StoreFactory().Databases.Initialize(shared, line.GetValue(_role));
        string what = done.FormerVersion is not { } former ? $"has the tables of version {Text(done.Version)} now"
            : former == done.Version ? $"has the tables of version {Text(done.Version)} already"
            : $"has the tables of version {Text(done.Version)} now, in place of version {Text(former)}";
        string rights = done.Role is null ? "" : $" The role {done.Role} may use them.";
        await Console.Out.WriteLineAsync($"{done.Location} {what}.{rights}").ConfigureAwait(false);
        return 0;
    }

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
