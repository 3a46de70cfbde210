using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the IDs of cluster backups.</summary>
public sealed class HsmBackupCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) => Engine is not { } engine ? []
        : [.. engine.HsmBackups.Find().Select(static backup => new Completion(
            backup.BackupId, $"{backup.ClusterId}  {backup.CreationDate:u}  {backup.Kind}  {backup.KeyCount} keys"))];
}
