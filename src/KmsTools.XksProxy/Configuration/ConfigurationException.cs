namespace KmsTools.XksProxy.Configuration;

/// <summary>Thrown for a configuration that cannot be used.</summary>
/// <param name="message">All that is wrong with it, each in a line with the name of the file, its line and its column.</param>
/// <param name="innerException">The cause, or null.</param>
internal sealed class ConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
