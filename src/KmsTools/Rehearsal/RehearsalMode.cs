using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Rehearsal;

/// <summary>
/// Whether this process and those that it starts find the shadows of the modules of AWS. It is kept in environment variables, which
/// children inherit.
/// </summary>
internal static class RehearsalMode
{
    private const string ModulePathVariable = "PSModulePath";
    private const string FolderVariable = "KMSTOOLS_REHEARSAL";

    private static string? s_storeBefore;
    private static string? s_storeOfRehearsal;

    /// <summary>The folder with the shadows; null where there is no rehearsal.</summary>
    public static string? Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>The folders where PowerShell looks for modules, without the shadows.</summary>
    public static IReadOnlyList<string> ModuleFolders =>
    [
        .. (Environment.GetEnvironmentVariable(ModulePathVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(static folder => folder != Folder),
    ];

    /// <summary>Puts the shadows before all other modules. Processes that are started from now on use the store of this session.</summary>
    /// <param name="folder">The folder with the shadows.</param>
    public static void Begin(string folder)
    {
        IReadOnlyList<string> others = ModuleFolders;
        Environment.SetEnvironmentVariable(FolderVariable, folder);
        Environment.SetEnvironmentVariable(ModulePathVariable, string.Join(Path.PathSeparator, others.Prepend(folder)));
        if (s_storeOfRehearsal is null && KmsSession.Find() is { } connection)
        {
            s_storeBefore = Environment.GetEnvironmentVariable(DefaultStore.FolderVariable);
            s_storeOfRehearsal = connection.Path;
            Environment.SetEnvironmentVariable(DefaultStore.FolderVariable, s_storeOfRehearsal);
        }
    }

    /// <summary>Undoes it.</summary>
    public static void End()
    {
        Environment.SetEnvironmentVariable(ModulePathVariable, string.Join(Path.PathSeparator, ModuleFolders));
        Environment.SetEnvironmentVariable(FolderVariable, null);

        // Somebody may have chosen another store since.
        if (s_storeOfRehearsal is not null && Environment.GetEnvironmentVariable(DefaultStore.FolderVariable) == s_storeOfRehearsal)
        {
            Environment.SetEnvironmentVariable(DefaultStore.FolderVariable, s_storeBefore);
        }

        s_storeOfRehearsal = null;
    }
}
