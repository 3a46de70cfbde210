namespace KmsTools.Sessions;

/// <summary>A session that has chosen a store and has lost it: no other one is used in its place.</summary>
/// <param name="message">Why there is none.</param>
internal sealed class NoStoreException(string message) : Exception(message);
