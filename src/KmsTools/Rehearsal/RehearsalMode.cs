using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Rehearsal;

/// <summary>
/// Whether this process and those that it starts find the shadows of the AWS modules. The mode is kept in environment variables, which
/// child processes inherit.
/// </summary>
internal static class RehearsalMode
{
    private const string ModulePathVariable = "PSModulePath";
    private const string FolderVariable = "KMSTOOLS_REHEARSAL";

    // The variables that name a store to a process: as they were, and as they are during the rehearsal.
    private static IReadOnlyDictionary<string, string?>? s_storeBefore;
    private static IReadOnlyDictionary<string, string?>? s_storeOfRehearsal;

    /// <summary>The folder with the shadows; null if no rehearsal is in progress.</summary>
    public static string? Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>The folders where PowerShell looks for modules, without the shadows.</summary>
    public static IReadOnlyList<string> ModuleFolders => OwnPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    // PSModulePath as the user has it: its value is kept unchanged.
    private static string OwnPath => string.Join(
        Path.PathSeparator,
        (Environment.GetEnvironmentVariable(ModulePathVariable) ?? "").Split(Path.PathSeparator).Where(static folder => folder != Folder));

    /// <summary>Puts the shadows before all other modules. Processes that are started from now on use the store of this session.</summary>
    /// <param name="folder">The folder with the shadows.</param>
    public static void Begin(string folder)
    {
        string own = OwnPath;
        Environment.SetEnvironmentVariable(FolderVariable, folder);
        Environment.SetEnvironmentVariable(ModulePathVariable, own.Length == 0 ? folder : folder + Path.PathSeparator + own);
        if (s_storeOfRehearsal is null && KmsSession.Find() is { } connection)
        {
            s_storeOfRehearsal = StoreChoice.Variables(connection);
            s_storeBefore = s_storeOfRehearsal.Keys.ToDictionary(static name => name, Environment.GetEnvironmentVariable);
            Set(s_storeOfRehearsal);
        }
    }

    /// <summary>Reverts <see cref="Begin"/>.</summary>
    public static void End()
    {
        Environment.SetEnvironmentVariable(ModulePathVariable, OwnPath);
        Environment.SetEnvironmentVariable(FolderVariable, null);

        // The user may have chosen another store in the meantime.
        if (s_storeOfRehearsal is { } chosen && s_storeBefore is { } before
            && Environment.GetEnvironmentVariable(DefaultStore.Variable) == chosen[DefaultStore.Variable])
        {
            Set(before);
        }

        s_storeOfRehearsal = null;
    }

    private static void Set(IReadOnlyDictionary<string, string?> variables)
    {
        foreach ((string name, string? value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
