using KmsTools.Commands;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>What a user is told of a store that did not exist before it was opened.</summary>
internal static class NewStore
{
    /// <summary>
    /// The warning to give once a store was created in a folder; null if there is one already, or none beside it has a similar name.
    /// </summary>
    /// <param name="folder">The full path of the folder.</param>
    public static string? Warning(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(folder);
        if (DefaultStore.IsStore(path) || Path.GetDirectoryName(path) is not { } parent)
        {
            return null;
        }

        try
        {
            string? nearest = NearestName.Find(Path.GetFileName(path), Stores(parent));
            return nearest is null
                ? null
                : $"There was no store in '{path}', so a new one was created. Did you mean '{Path.Combine(parent, nearest)}'?";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store can be opened although what is beside it cannot be listed.
            return null;
        }
    }

    private static IEnumerable<string> Stores(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Where(DefaultStore.IsStore).Select(static store => Path.GetFileName(store))
            : [];
}
